/** The part of yauzl 3 that the build uses; the package ships no types. */
declare module 'yauzl' {
  interface Options {
    lazyEntries: boolean
  }
  interface Entry {
    fileName: string
  }
  interface ZipFile {
    readEntry(): void
    openReadStream(entry: Entry, callback: (error: Error | null, stream: NodeJS.ReadableStream) => void): void
    once(event: 'end', listener: () => void): this
    once(event: 'error', listener: (error: Error) => void): this
    on(event: 'entry', listener: (entry: Entry) => void): this
  }
  function open(path: string, options: Options, callback: (error: Error | null, zip: ZipFile) => void): void
}
