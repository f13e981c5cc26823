import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { GlyphlabError } from '../../contract/index.ts'
import { displayedImage, inspectImage, modelPixels, pagePicture, verifyImage } from '../image.ts'
import { loadLibrary } from './decoder.ts'

/** Small pictures written by Pillow and ImageMagick; beside each, as PNG, what these read from it, on white. */
const folder = path.join(import.meta.dirname, '..', 'testing', 'pictures')
const names = readdirSync(folder).filter((name) => !name.endsWith('.png'))
const mediaTypes: Record<string, string> = {
  '.bmp': 'image/bmp',
  '.tga': 'image/x-tga',
  '.pbm': 'image/x-portable-anymap',
  '.pgm': 'image/x-portable-anymap',
  '.ppm': 'image/x-portable-anymap',
  '.pam': 'image/x-portable-anymap',
  '.j2k': 'image/jp2',
  '.jp2': 'image/jp2',
  '.heic': 'image/heic',
}
/** Largest difference of a value of 0..255: rounding, and for HEIC the conversion of colours. */
const tolerance = (name: string): number => (name.endsWith('.heic') ? 12 : 1)

const rgb = async (bytes: Buffer, name: string) =>
  (await displayedImage(bytes, name)).raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })

test.each(names)('%s shows the pixels that another program reads from it', async (name) => {
  const bytes = readFileSync(path.join(folder, name))
  const truth = await sharp(path.join(folder, `${name}.png`))
    .raw()
    .toBuffer({ resolveWithObject: true })
  // The name says nothing: a format is known by its bytes.
  const info = await verifyImage(bytes, 'picture.png')
  expect(info).toEqual({
    width: truth.info.width,
    height: truth.info.height,
    mediaType: mediaTypes[path.extname(name)],
    pages: 1,
  })
  const { data, info: size } = await rgb(bytes, name)
  expect([size.width, size.height]).toEqual([truth.info.width, truth.info.height])
  let worst = 0
  for (let pixel = 0; pixel < size.width * size.height; pixel++)
    for (let channel = 0; channel < 3; channel++) {
      const value = data[pixel * size.channels + (size.channels < 3 ? 0 : channel)] ?? 0
      worst = Math.max(worst, Math.abs(value - (truth.data[pixel * truth.info.channels + channel] ?? 0)))
    }
  expect(worst).toBeLessThanOrEqual(tolerance(name))
  expect(await modelPixels(bytes, name, { width: 5, height: 4, channels: 1 })).toHaveLength(20)
})

test.each(names)('%s cut short anywhere is refused by name, or has all its pixels', async (name) => {
  const whole = readFileSync(path.join(folder, name))
  for (let part = 0; part < 20; part++) {
    const bytes = whole.subarray(0, Math.floor((whole.length * part) / 20))
    const outcome = await verifyImage(bytes, name).catch((cause: unknown) => cause)
    if (outcome instanceof Error) {
      expect(outcome).toBeInstanceOf(GlyphlabError)
      expect(outcome).toMatchObject({
        code: 'UNREADABLE_FILE',
        message: expect.stringContaining(`${name}: `),
      })
    } else expect(outcome).toEqual(await inspectImage(whole, name))
  }
})

test('a BMP stored from the top shows the same picture as one stored from below', async () => {
  const below = readFileSync(path.join(folder, '24.bmp'))
  const stride = 40
  const top = Buffer.from(below)
  const start = below.readUInt32LE(10)
  top.writeInt32LE(-7, 22)
  for (let row = 0; row < 7; row++)
    below.copy(top, start + row * stride, start + (6 - row) * stride, start + (7 - row) * stride)
  expect((await rgb(top, 'top.bmp')).data).toEqual((await rgb(below, 'below.bmp')).data)
})

/** A 4-bit BMP of 4 x 2 px with black, red, green and blue whose pixels are these bytes. */
function runLengthBmp(...runs: number[]): Buffer {
  const header = Buffer.alloc(70)
  header.write('BM', 0, 'latin1')
  header.writeUInt32LE(70, 10)
  header.writeUInt32LE(40, 14)
  header.writeInt32LE(4, 18)
  header.writeInt32LE(2, 22)
  header.writeUInt16LE(1, 26)
  header.writeUInt16LE(4, 28)
  header.writeUInt32LE(2, 30)
  header.writeUInt32LE(4, 46)
  for (const [index, colour] of [0, 0xff0000, 0x00ff00, 0x0000ff].entries())
    header.writeUInt32LE(colour, 54 + 4 * index)
  return Buffer.concat([header, Buffer.from(runs)])
}

const letters = async (bytes: Buffer) => {
  const { data } = await rgb(bytes, 'runs.bmp')
  const letter = (at: number) => (data[at] ? 'r' : data[at + 1] ? 'g' : data[at + 2] ? 'b' : '.')
  return Array.from({ length: 8 }, (_, pixel) => letter(3 * pixel)).join('')
}

test('run lengths of 4 bits: runs of two colours, single pixels, jumps and early ends', async () => {
  // From below: r g r g; then one pixel free, b, r, g singly.
  expect(await letters(runLengthBmp(4, 0x12, 0, 0, 0, 2, 1, 0, 0, 3, 0x31, 0x20, 0, 1))).toBe('.brgrgrg')
  expect(await letters(runLengthBmp(2, 0x33, 0, 1))).toBe('....bb..')
  // A run over the edge of its row does not reach into the next.
  expect(await letters(runLengthBmp(9, 0x11, 0, 0, 1, 0x20, 0, 1))).toBe('g...rrrr')
})

test('a header that claims more than can be held is refused before memory is taken', async () => {
  const before = process.memoryUsage().rss
  const huge = readFileSync(path.join(folder, '24.bmp'))
  huge.writeInt32LE(2_000_000_000, 18)
  huge.writeInt32LE(2_000_000_000, 22)
  for (const bytes of [huge, Buffer.from('P6 99999 99999 255 '), Buffer.from('P1 9000 7000 ')])
    await expect(verifyImage(bytes, 'huge')).rejects.toMatchObject({ code: 'UNREADABLE_FILE' })
  expect(process.memoryUsage().rss - before).toBeLessThan(50e6)
})

test.each([
  ['8BPS\u0000\u0001', 'Photoshop'],
  ['%!PS-Adobe', 'PostScript'],
  ['qoif', 'QOI'],
])('a format that nothing here reads is refused by its name: %j', async (start, title) => {
  const bytes = Buffer.from(start.padEnd(200, ' '))
  await expect(inspectImage(bytes, 'a.psd')).rejects.toThrow(
    new RegExp(`^a.psd: .*${title}.*Convert it to PNG`),
  )
})

test('a decoder that was left out of an installation refuses its format by name', async () => {
  const missing = 'no-such-decoder'
  await expect(loadLibrary('a.pdf', 'a PDF page', () => import(missing))).rejects.toThrow(
    "a.pdf: a PDF page (this installation has no decoder for it) can't be decoded. Convert it to PNG first.",
  )
})

test('text is no picture, whatever it begins with', async () => {
  for (const text of ['P6 is the name of a group', 'BM', 'a,b\n1,2\n', '{"a": 1}'])
    await expect(verifyImage(Buffer.from(text), 'notes.txt')).rejects.toMatchObject({
      code: 'UNREADABLE_FILE',
    })
})

/** A PDF of pages of these sizes in points, each with a black square of 36 pt at its lower left. */
function pdfOf(...sizes: [number, number][]): Buffer {
  const square = '0 0 36 36 re f'
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    `<</Type/Pages/Count ${sizes.length}/Kids[${sizes.map((_, index) => `${index + 4} 0 R`).join(' ')}]>>`,
    `<</Length ${square.length}>>\nstream\n${square}\nendstream`,
    ...sizes.map(
      ([width, height]) => `<</Type/Page/Parent 2 0 R/MediaBox[0 0 ${width} ${height}]/Contents 3 0 R>>`,
    ),
  ]
  const body = objects.map((object, index) => `${index + 1} 0 obj\n${object}\nendobj\n`).join('')
  return Buffer.from(`%PDF-1.4\n${body}trailer<</Root 1 0 R>>`)
}

test('PDF pages are drawn at 300 px an inch, each at its own size, and capped where they claim metres', async () => {
  const bytes = pdfOf([72, 144], [36, 36], [14_400, 14_400])
  expect(await inspectImage(bytes, 'a.pdf')).toEqual({
    width: 300,
    height: 600,
    mediaType: 'application/pdf',
    pages: 3,
  })
  expect(await verifyImage(bytes, 'a.pdf', 2)).toMatchObject({ width: 150, height: 150 })
  const huge = await inspectImage(bytes, 'a.pdf', 3)
  expect(huge.width * huge.height).toBeLessThanOrEqual(17_600_000)
  const { data } = await rgb(bytes, 'a.pdf')
  const at = (x: number, y: number) => data[3 * (y * 300 + x)]
  expect([at(75, 525), at(75, 75), at(225, 525)]).toEqual([0, 255, 255])
  await expect(inspectImage(bytes, 'a.pdf', 4)).rejects.toThrow('a.pdf: ')
  await expect(verifyImage(Buffer.from('%PDF-1.4 nothing'), 'b.pdf')).rejects.toThrow(/^b.pdf: .*damaged/)
})

test('a page becomes a PNG of its own with the same pixels, of the same bytes each time', async () => {
  const noise = Buffer.from(Array.from({ length: 70 * 50 * 3 }, (_, index) => (index * 7919) % 251))
  const page = await sharp(noise, { raw: { width: 70, height: 50, channels: 3 } })
    .tiff()
    .toBuffer()
  const exact = await sharp(noise, { raw: { width: 70, height: 50, channels: 3 } })
    .tiff({ compression: 'deflate' })
    .toBuffer()
  const png = await pagePicture(exact, 'a.tif', 1)
  expect(await sharp(png).raw().toBuffer()).toEqual(noise)
  expect((await inspectImage(png, 'a.png')).mediaType).toBe('image/png')
  expect(await pagePicture(page, 'b.tif', 1)).toEqual(await pagePicture(page, 'b.tif', 1))

  const text = await pagePicture(pdfOf([612, 792]), 'a.pdf', 1)
  expect(text.length).toBeLessThan(100_000)
  expect(await sharp(text).toColourspace('srgb').raw().toBuffer()).toEqual(
    (await rgb(pdfOf([612, 792]), 'a.pdf')).data,
  )
})
