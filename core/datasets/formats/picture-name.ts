const pictureName =
  /\.(png|jpe?g|jpe|jfif|gif|webp|bmp|dib|tiff?|avif|heic|heif|jp2|jpx|j2k|pbm|pgm|ppm|pnm|pam|tga|svg|pdf)$/i

/** Whether a name looks like a picture's. What it is in truth its bytes say when it is read. */
export const isPictureName = (path: string): boolean => pictureName.test(path)

export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

export const extensionOf = (path: string): string => /\.[^./]*$/.exec(baseName(path))?.[0] ?? ''
