import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { GlyphlabError, type Subset } from '../../contract/index.ts'
import { encodeGreyPng } from '../../imaging/png.ts'
import { parseOptions, withoutOptions } from '../options.ts'
import type { FoundFile } from '../scan.ts'
import type { Candidate, Importer } from './importer.ts'

const imagesName = /^(?:.*\/)?((.*?)[-_.]?images)[-_.]idx3[-_.]ubyte(?:\.gz)?$/i
const maxUnpackedBytes = 4 * 1024 ** 3
const maxSide = 16_383

function unpack(bytes: Buffer, name: string): Buffer {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes
  try {
    return gunzipSync(bytes, { maxOutputLength: maxUnpackedBytes })
  } catch (cause) {
    throw new GlyphlabError(
      'UNREADABLE_FILE',
      `${name}: the gzip file is damaged or cut short. Fetch it again.`,
      undefined,
      { cause },
    )
  }
}

/**
 * An IDX file of unsigned bytes: magic 0, 0, 0x08, number of dimensions; the dimensions as u32 big-endian; the values
 * (http://yann.lecun.com/exdb/mnist, "The IDX file format").
 */
function parseIdx(bytes: Buffer, name: string, dimensions: number): { shape: number[]; values: Buffer } {
  const bad = (why: string) => new GlyphlabError('UNREADABLE_FILE', `${name}: ${why}`)
  if (bytes.length < 4 + 4 * dimensions || bytes[0] !== 0 || bytes[1] !== 0) throw bad('not an IDX file.')
  if (bytes[2] !== 0x08)
    throw bad(`holds values of type 0x${bytes[2]?.toString(16)}; only unsigned bytes (0x8) are pictures.`)
  if (bytes[3] !== dimensions) throw bad(`has ${bytes[3]} dimensions where ${dimensions} were expected.`)
  const shape = Array.from({ length: dimensions }, (_, index) => bytes.readUInt32BE(4 + 4 * index))
  const values = bytes.subarray(4 + 4 * dimensions)
  const expected = shape.reduce((product, side) => product * side, 1)
  if (values.length !== expected)
    throw bad(`is cut short or too long: ${values.length} values where its header says ${expected}.`)
  return { shape, values }
}

function subsetOf(prefix: string): Subset | null {
  const name = prefix.toLowerCase()
  if (name.startsWith('t10k') || name.startsWith('test')) return 'test'
  if (name.startsWith('val')) return 'validation'
  return name.startsWith('train') ? 'train' : null
}

async function readPair(images: FoundFile, labels: FoundFile, prefix: string): Promise<Candidate[]> {
  const pictures = parseIdx(unpack(await readFile(images.file), images.path), images.path, 3)
  const classes = parseIdx(unpack(await readFile(labels.file), labels.path), labels.path, 1)
  const [count = 0, height = 0, width = 0] = pictures.shape
  if (count !== classes.shape[0]) {
    throw new GlyphlabError(
      'INVALID_INPUT',
      `${images.path} holds ${count} pictures, but ${labels.path} holds ${classes.shape[0]} labels. They do not belong together.`,
    )
  }
  if (width < 1 || height < 1 || width > maxSide || height > maxSide) {
    throw new GlyphlabError(
      'UNREADABLE_FILE',
      `${images.path}: pictures of ${width} x ${height} px can't be stored.`,
    )
  }
  const subset = subsetOf(prefix)
  const digits = Math.max(5, String(count - 1).length)
  const info = { width, height, mediaType: 'image/png', pages: 1 }
  return Array.from({ length: count }, (_, index) => ({
    path: `${prefix}/${String(index).padStart(digits, '0')}.png`,
    label: String(classes.values[index]),
    subset,
    info,
    read: async () =>
      encodeGreyPng(
        pictures.values.subarray(index * width * height, (index + 1) * width * height),
        width,
        height,
      ),
  }))
}

/** MNIST's format: `<name>-images-idx3-ubyte` with `<name>-labels-idx1-ubyte`, gzipped or not. */
export const idx: Importer = {
  id: 'idx',
  title: 'IDX files (MNIST)',

  detects: ({ scan }) => scan.files.some(({ path }) => imagesName.test(path)),

  async plan({ scan, options }) {
    parseOptions(withoutOptions, options, 'idx')
    const candidates: Candidate[] = []
    const used = new Set<FoundFile>()
    for (const images of scan.files) {
      const [, stem, prefix] = imagesName.exec(images.path) ?? []
      if (stem === undefined) continue
      const base = (path: string) => path.slice(path.lastIndexOf('/') + 1)
      const wanted = base(images.path)
        .toLowerCase()
        .replace('images', 'labels')
        .replace('idx3', 'idx1')
        .replace(/\.gz$/, '')
      const labels = scan.files.find((file) => base(file.path).toLowerCase().replace(/\.gz$/, '') === wanted)
      if (!labels) {
        throw new GlyphlabError(
          'INVALID_INPUT',
          `${images.path}: its labels are missing. Put ${wanted} (or ${wanted}.gz) beside it.`,
        )
      }
      used.add(images).add(labels)
      candidates.push(...(await readPair(images, labels, prefix || 'images')))
    }
    for (const file of scan.files)
      if (!used.has(file)) scan.refused.push({ path: file.path, reason: 'not an IDX file of this set' })
    return { candidates, warnings: [] }
  },
}
