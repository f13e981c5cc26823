import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BlobFiles, type PackedBlob, readBlob } from '../blobs/blob-files.ts'
import { importDataset } from './import-dataset.ts'
import type { ImportedSample, ImportInput, ImportResult } from './import-messages.ts'

const repository = path.resolve(import.meta.dirname, '../..')
const digits = path.join(repository, 'data/datasets/sign-language-digits')
const bugInputs = path.join(repository, '../shared/data/bug-inputs.tar.gz')
const fractions = { train: 0.8, validation: 0.1, test: 0.1 }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'glyphlab-import-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

interface Imported {
  result: ImportResult
  samples: ImportedSample[]
  blobs: Map<string, { hash: string; bytes: number } | PackedBlob>
  home: string
}

async function importFrom(
  root: string,
  options: {
    seed?: number
    known?: (hash: string) => boolean
    storage?: ImportInput['storage']
    merge?: ImportInput['merge']
    home?: string
  } = {},
): Promise<Imported> {
  const home = options.home ?? mkdtempSync(path.join(folder, 'home-'))
  const samples: ImportedSample[] = []
  const blobs: Imported['blobs'] = new Map()
  const result = await importDataset(
    {
      home,
      writer: 'import',
      root,
      seed: options.seed ?? 42,
      fractions,
      importer: undefined,
      options: {},
      storage: options.storage ?? 'copy',
      merge: options.merge,
    },
    {
      progress: () => {},
      lookup: async (hashes) => new Set(hashes.filter((hash) => options.known?.(hash))),
      locate: () => Promise.reject(new Error('pictures are not looked for')),
      blobs: (added) => {
        for (const blob of added) blobs.set(blob.hash, blob)
      },
      version: () => {},
      samples: async (added) => {
        samples.push(...added)
      },
      cancelled: () => false,
    },
  )
  return { result, samples, blobs, home }
}

function copyDigits(name: string): string {
  const target = path.join(folder, name)
  cpSync(digits, target, { recursive: true })
  return target
}

describe('importing class folders', () => {
  it('stores every picture under its digest and splits each class alike', async () => {
    const { result, samples, blobs, home } = await importFrom(digits)
    expect(result).toMatchObject({
      importer: 'class-folders',
      sampleCount: 200,
      split: { kind: 'stratified', counts: { train: 160, validation: 20, test: 20 } },
    })
    expect(result.labels).toHaveLength(10)
    for (const label of result.labels)
      expect(label).toMatchObject({ total: 20, counts: { train: 16, validation: 2, test: 2 } })
    const files = new BlobFiles(home)
    for (const sample of samples) {
      const blob = blobs.get(sample.hash)
      if (!blob) throw new Error(`${sample.path} was not stored`)
      const location =
        'pack' in blob
          ? { file: files.packPath(blob.pack), offset: blob.offset, length: blob.bytes }
          : { file: files.loosePath(blob.hash), offset: 0, length: blob.bytes }
      expect(
        (await readBlob(location, sample.hash)).equals(readFileSync(path.join(digits, sample.path))),
      ).toBe(true)
    }
  })

  it('gives the same digest for the same content, whatever clocks, junk and places say', async () => {
    const first = await importFrom(digits)
    const copy = copyDigits('elsewhere')
    writeFileSync(path.join(copy, '.DS_Store'), 'junk')
    writeFileSync(path.join(copy, '3', 'Thumbs.db'), 'junk')
    mkdirSync(path.join(copy, '__MACOSX'))
    writeFileSync(path.join(copy, '__MACOSX', 'x.jpg'), 'junk')
    utimesSync(path.join(copy, '3'), 1, 1)
    const second = await importFrom(copy)
    expect(second.result.digest).toBe(first.result.digest)
    expect(second.result.report.ignored.sort()).toEqual(['.DS_Store', '3/Thumbs.db', '__MACOSX'])
    expect(second.samples).toEqual(first.samples)
  })

  it('gives another digest when a picture changes its class', async () => {
    const first = await importFrom(digits)
    const copy = copyDigits('moved')
    const name = first.samples[0]?.path.split('/')[1] ?? ''
    renameSync(path.join(copy, '0', name), path.join(copy, '1', name))
    expect((await importFrom(copy)).result.digest).not.toBe(first.result.digest)
  })

  it('splits by its seed: the same seed the same way, another seed another way', async () => {
    const subsets = async (seed: number) =>
      (await importFrom(digits, { seed })).samples.map(({ subset }) => subset)
    expect(await subsets(7)).toEqual(await subsets(7))
    expect(await subsets(8)).not.toEqual(await subsets(7))
  })

  it('refuses bad files by name and imports the rest', async () => {
    const copy = copyDigits('bad')
    writeFileSync(path.join(copy, '0', 'zero.jpg'), '')
    writeFileSync(path.join(copy, '0', 'text.png'), 'not a picture')
    const photo = readFileSync(
      path.join(
        digits,
        '1',
        (await importFrom(digits)).samples.find(({ path: file }) => file.startsWith('1/'))?.path.slice(2) ??
          '',
      ),
    )
    writeFileSync(path.join(copy, '0', 'cut.jpg'), photo.subarray(0, photo.length / 2))
    writeFileSync(path.join(copy, 'loose.jpg'), photo)
    symlinkSync('/nowhere/at/all.jpg', path.join(copy, '1', 'dangling.jpg'))
    symlinkSync('..', path.join(copy, '1', 'loop'))
    const { result } = await importFrom(copy)
    expect(result.sampleCount).toBe(200)
    expect(result.report.refused.map(({ path: file }) => file)).toEqual([
      '0/cut.jpg',
      '0/text.png',
      '0/zero.jpg',
      '1/dangling.jpg',
      'loose.jpg',
    ])
    for (const { reason } of result.report.refused) expect(reason).not.toBe('')
    expect(result.report.byExtension['jpg']).toEqual({ imported: 200, refused: 4, ignored: 0 })
  })

  it('keeps equal pictures as samples of their own, in one subset, and reports them', async () => {
    const copy = copyDigits('twice')
    const [first] = (await importFrom(digits)).samples
    cpSync(path.join(digits, first?.path ?? ''), path.join(copy, '0', 'again.JPG'))
    cpSync(path.join(digits, first?.path ?? ''), path.join(copy, '9', 'other class.JPG'))
    const { result } = await importFrom(copy)
    expect(result.sampleCount).toBe(202)
    const [duplicate] = result.report.duplicates
    expect(duplicate).toMatchObject({ hash: first?.hash, labels: ['0', '9'] })
    expect(duplicate?.paths).toHaveLength(3)
    expect(duplicate?.subsets).toHaveLength(1)
    expect(result.report.warnings.some((warning) => warning.startsWith('Label conflict'))).toBe(true)
  })

  it('stores nothing that is stored already', async () => {
    const { blobs } = await importFrom(digits, { known: () => true })
    expect(blobs.size).toBe(0)
  })

  it('links pictures instead of copying them, and reads them back', async () => {
    const original = copyDigits('original')
    const { result, samples, blobs, home } = await importFrom(original, { storage: 'link' })
    expect(result.report.warnings).toEqual([])
    const files = new BlobFiles(home)
    const [first] = samples
    if (!first) throw new Error('nothing was imported')
    expect(blobs.get(first.hash)).toEqual({ hash: first.hash, bytes: expect.any(Number) })
    const stored = files.loosePath(first.hash)
    expect(statSync(stored).ino).toBe(statSync(path.join(original, first.path)).ino)
  })

  it('adds to a version: what is there keeps its subset, the digest is that of the whole', async () => {
    const copy = copyDigits('grown')
    const whole = await importFrom(copy)
    const part = copyDigits('part')
    rmSync(path.join(part, '9'), { recursive: true })
    const first = await importFrom(part)
    const names = first.result.labels.map(({ label }) => label)
    const samplesFile = path.join(folder, 'base.ndjson')
    const base = first.samples.map(({ label, ...sample }) =>
      JSON.stringify({ ...sample, bytes: 1, label: names[label] ?? '', pending: [] }),
    )
    writeFileSync(samplesFile, base.join('\n'))
    const { result, samples } = await importFrom(copy, {
      merge: { samplesFile, table: null, onConflict: 'fail' },
    })
    expect(result.digest).toBe(whole.result.digest)
    const before = new Map(first.samples.map(({ path: file, subset }) => [file, subset]))
    for (const { path: file, subset } of samples) if (before.has(file)) expect(subset).toBe(before.get(file))
    expect(result.labels.find(({ label }) => label === '9')?.counts).toEqual({
      train: 16,
      validation: 2,
      test: 2,
    })
    expect(result.report.warnings).toContain('180 pictures were there already and stay as they are.')
  })

  it('gives the digest of the folder for a zip or a tar of it, and leaves nothing unpacked', async () => {
    const copy = copyDigits('packed')
    const { digest } = (await importFrom(copy)).result
    execFileSync('tar', ['czf', path.join(folder, 'packed.tar.gz'), '-C', folder, 'packed'])
    const { result, home } = await importFrom(path.join(folder, 'packed.tar.gz'))
    expect(result.digest).toBe(digest)
    expect(readdirSync(path.join(home, 'expanded'))).toEqual([])
  })

  it('says what is wrong with an empty folder and a path that does not exist', async () => {
    const empty = path.join(folder, 'empty')
    mkdirSync(empty)
    await expect(importFrom(empty)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(importFrom(path.join(folder, 'absent'))).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

function idxFile(shape: number[], values: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length)
  header.writeUInt32BE(0x0800 + shape.length, 0)
  for (const [index, side] of shape.entries()) header.writeUInt32BE(side, 4 + 4 * index)
  return Buffer.concat([header, values])
}

describe('importing IDX files', () => {
  const pixels = (count: number) => Uint8Array.from({ length: count * 12 }, (_, index) => (index * 37) % 256)

  it('reads pictures and labels, gzipped or not, and cuts a validation set from train', async () => {
    const root = path.join(folder, 'idx')
    mkdirSync(root)
    writeFileSync(path.join(root, 'train-images-idx3-ubyte.gz'), gzipSync(idxFile([40, 3, 4], pixels(40))))
    writeFileSync(
      path.join(root, 'train-labels-idx1-ubyte.gz'),
      gzipSync(
        idxFile(
          [40],
          Uint8Array.from({ length: 40 }, (_, index) => index % 2),
        ),
      ),
    )
    writeFileSync(path.join(root, 't10k-images-idx3-ubyte'), idxFile([2, 3, 4], pixels(2)))
    writeFileSync(path.join(root, 't10k-labels-idx1-ubyte'), idxFile([2], Uint8Array.of(0, 11)))
    const { result, samples } = await importFrom(root)
    expect(result).toMatchObject({
      importer: 'idx',
      sampleCount: 42,
      split: { kind: 'by-folder', counts: { train: 36, validation: 4, test: 2 } },
    })
    expect(result.labels.map(({ label }) => label)).toEqual(['0', '1', '11'])
    expect(samples[0]).toMatchObject({
      path: 't10k/00000.png',
      width: 4,
      height: 3,
      mediaType: 'image/png',
      subset: 'test',
    })
  })

  it('names what is cut short, missing or mismatched', async () => {
    const root = path.join(folder, 'idx')
    mkdirSync(root)
    const images = path.join(root, 'train-images-idx3-ubyte')
    writeFileSync(images, idxFile([3, 3, 4], pixels(2)))
    await expect(importFrom(root)).rejects.toThrow(/labels are missing/)
    writeFileSync(path.join(root, 'train-labels-idx1-ubyte'), idxFile([3], Uint8Array.of(0, 1, 0)))
    await expect(importFrom(root)).rejects.toThrow(/train-images-idx3-ubyte: is cut short/)
    writeFileSync(images, idxFile([2, 3, 4], pixels(2)))
    await expect(importFrom(root)).rejects.toThrow(/2 pictures.*3 labels/)
    writeFileSync(images, gzipSync(idxFile([3, 3, 4], pixels(3))).subarray(0, 30))
    await expect(importFrom(root)).rejects.toThrow(/gzip file is damaged/)
  })
})

describe.skipIf(!existsSync(bugInputs))('folders that people had trouble with', () => {
  const unpacked = (name: string): string => {
    execFileSync('tar', ['xzf', bugInputs, '-C', folder])
    return path.join(folder, name)
  }

  it('B01: a messy class folder', async () => {
    const { result, samples } = await importFrom(unpacked('B01-messy-class-folder'))
    expect(result.labels.map(({ label, total }) => [label, total])).toEqual([
      ['cat', 9],
      ['dog', 9],
      ['one image class', 1],
    ])
    expect(result.report.refused.map(({ path: file }) => file)).toEqual([
      'cat/dangling.jpg',
      'cat/truncated.jpg',
      'cat/zero.jpg',
      'dog/corrupt-header.jpg',
      'dog/not-an-image.png',
      'train.png',
    ])
    expect(result.report.ignored).toHaveLength(8)
    expect(samples.find(({ path: file }) => file === 'dog/actually-webp.jpg')?.mediaType).toBe('image/webp')
    expect(result.report.warnings).toContainEqual(expect.stringContaining('"empty_class" is empty'))
    expect(result.report.warnings).toContainEqual(
      expect.stringContaining('"one image class" has a single picture; it stays in train'),
    )
    expect(result.report.warnings).toContainEqual(expect.stringContaining('dog/leak-of-cat-c2.jpg'))
  })

  it('B02: names with spaces, quotes, emoji, combining characters and 255 bytes', async () => {
    const { result, samples } = await importFrom(unpacked('B02 names — Ünï çödé 日本語 🔥'))
    expect(result.sampleCount).toBe(8)
    expect(result.report.refused).toEqual([])
    expect(samples.map(({ path: file }) => file)).toContain('café/🔥.jpg')
    expect(samples.map(({ path: file }) => file)).toContain('100% #1 + a&b/-rf.jpg')
  })

  it('B09: splits given as folders, with leakage, an absent class and a single sample', async () => {
    const { result } = await importFrom(unpacked('B09-splits'))
    expect(result.split).toMatchObject({ kind: 'by-folder', counts: { train: 17, validation: 4, test: 0 } })
    expect(result.labels.map(({ label }) => label)).toEqual(['a', 'b', 'c', 'd'])
    expect(result.report.warnings).toContainEqual(
      expect.stringContaining(
        'Leakage: the same picture lies in train and validation (train/a/1.jpg, val/a/leak.jpg)',
      ),
    )
    expect(result.report.warnings).toContainEqual(expect.stringContaining('"d" has no picture in train'))
    expect(result.report.warnings).toContainEqual(expect.stringContaining('"c" has a single picture'))
  })
})
