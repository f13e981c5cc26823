import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { checkSize, type Decoder, damaged, loadLibrary } from './decoder.ts'

interface HeifImage {
  get_width(): number
  get_height(): number
  is_primary(): boolean
  display(
    target: { data: Uint8ClampedArray; width: number; height: number },
    done: (filled: object | null) => void,
  ): void
  free(): void
}

/** Pointers into the library's memory. */
type Context = { readonly kind: 'context' }
type Handle = { readonly kind: 'handle' }

interface LibHeif {
  heif_context_alloc(): Context
  heif_context_free(context: Context): void
  heif_context_read_from_memory(context: Context, bytes: Uint8Array): { code: unknown; message: string }
  heif_js_context_get_list_of_top_level_image_IDs(context: Context): number[]
  /** A handle, or an error with a code. */
  heif_js_context_get_image_handle(context: Context, id: number): Handle | { code: unknown } | null
  heif_error_code: { heif_error_Ok: unknown }
  HeifImage: new (handle: Handle) => HeifImage
}

/** Brands of HEIF files whose pictures are coded by HEVC; sharp itself reads those coded by AV1. */
const hevcBrands: readonly string[] = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs']

let library: Promise<LibHeif> | null = null

function libHeif(name: string): Promise<LibHeif> {
  library ??= loadLibrary(name, 'a HEIC picture', async () => {
    const require = createRequire(import.meta.url)
    const start = require('libheif-js/libheif-wasm/libheif.js') as (options: object) => Promise<LibHeif>
    const wasmBinary = await readFile(require.resolve('libheif-js/libheif-wasm/libheif.wasm'))
    return start({ wasmBinary })
  })
  library.catch(() => {
    library = null
  })
  return library
}

function imagesOf(heif: LibHeif, context: Context, bytes: Buffer, name: string): HeifImage[] {
  const error = heif.heif_context_read_from_memory(context, bytes)
  if (error.code !== heif.heif_error_code.heif_error_Ok) throw damaged(name, error.message)
  const images: HeifImage[] = []
  for (const id of heif.heif_js_context_get_list_of_top_level_image_IDs(context)) {
    const handle = heif.heif_js_context_get_image_handle(context, id)
    if (handle && !('code' in handle)) images.push(new heif.HeifImage(handle))
  }
  return images
}

async function withPrimary<T>(
  bytes: Buffer,
  name: string,
  use: (image: HeifImage) => Promise<T>,
): Promise<T> {
  const heif = await libHeif(name)
  // Not through its class HeifDecoder, which prints what is wrong and holds the file until the next.
  const context = heif.heif_context_alloc()
  let images: HeifImage[] = []
  try {
    images = imagesOf(heif, context, bytes, name)
    const image = images.find((candidate) => candidate.is_primary()) ?? images[0]
    if (!image) throw damaged(name, 'it holds no picture')
    checkSize(name, image.get_width(), image.get_height())
    return await use(image)
  } finally {
    for (const image of images) image.free()
    heif.heif_context_free(context)
  }
}

/** HEIC photographs, by libheif in WebAssembly, which turns and mirrors them as the file says. The main picture only. */
export const heic: Decoder = {
  id: 'heic',
  title: 'HEIC',
  mediaType: 'image/heic',

  detects(bytes) {
    if (bytes.length < 16 || bytes.toString('latin1', 4, 8) !== 'ftyp') return false
    const end = Math.min(bytes.readUInt32BE(0), bytes.length, 256)
    const brands: readonly string[] = bytes.toString('latin1', 8, end).match(/.{4}/gs) ?? []
    return brands.some((brand) => hevcBrands.includes(brand)) && !brands.includes('avif')
  },

  inspect: (bytes, name) =>
    withPrimary(bytes, name, async (image) => ({
      width: image.get_width(),
      height: image.get_height(),
      pages: 1,
    })),

  decode: (bytes, name) =>
    withPrimary(bytes, name, async (image) => {
      const [width, height] = [image.get_width(), image.get_height()]
      const data = new Uint8ClampedArray(4 * width * height)
      const filled = await new Promise<object | null>((done) => image.display({ data, width, height }, done))
      if (!filled) throw damaged(name, 'the HEIC decoder gave up')
      return { width, height, channels: 4, pixels: new Uint8Array(data.buffer) }
    }),
}
