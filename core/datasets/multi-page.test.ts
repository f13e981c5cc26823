import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BlobFiles, type PackedBlob, readBlob, sha256Of } from '../blobs/blob-files.ts'
import { importDataset } from './import-dataset.ts'
import type { ImportedSample } from './import-messages.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'glyphlab-pages-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const flat = (background: string) =>
  sharp({ create: { width: 20, height: 10, channels: 3, background } })
    .png()
    .toBuffer()

/** A TIFF whose pages are of one colour each. */
const tiffOf = async (colours: string[]) =>
  sharp(await Promise.all(colours.map(flat)), { join: { animated: true } })
    .tiff({ compression: 'lzw' })
    .toBuffer()

async function importFrom(root: string, fractions = { train: 1, validation: 0, test: 0 }) {
  const home = mkdtempSync(path.join(folder, 'home-'))
  const samples: ImportedSample[] = []
  const blobs = new Map<string, { hash: string; bytes: number } | PackedBlob>()
  const result = await importDataset(
    {
      home,
      writer: 'import',
      root,
      seed: 1,
      fractions,
      importer: 'class-folders',
      options: {},
      storage: 'copy',
      merge: undefined,
    },
    {
      progress: () => {},
      lookup: async () => new Set(),
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
  const files = new BlobFiles(home, 'test')
  const stored = async (hash: string) => {
    const blob = blobs.get(hash)
    if (!blob) throw new Error(`no blob ${hash}`)
    return 'pack' in blob
      ? readBlob({ file: files.packPath(blob.pack), offset: blob.offset, length: blob.bytes }, hash)
      : readFileSync(files.loosePath(hash))
  }
  return { result, samples, stored }
}

test('a TIFF of three pages becomes three samples: the first is the file itself, the others are pictures', async () => {
  const file = await tiffOf(['#ff0000', '#00ff00', '#0000ff'])
  mkdirSync(path.join(folder, 'set/a'), { recursive: true })
  writeFileSync(path.join(folder, 'set/a/scan.tif'), file)
  const { samples, result, stored } = await importFrom(path.join(folder, 'set'))

  expect(samples.map((sample) => sample.path)).toEqual([
    'a/scan.tif',
    'a/scan.tif#page=2',
    'a/scan.tif#page=3',
  ])
  expect(samples.map(({ width, height, mediaType }) => [width, height, mediaType])).toEqual([
    [20, 10, 'image/tiff'],
    [20, 10, 'image/png'],
    [20, 10, 'image/png'],
  ])
  expect(samples.map(({ group }) => group)).toEqual([null, 'a/scan.tif', 'a/scan.tif'])
  expect(samples[0]?.hash).toBe(sha256Of(file))
  const colours = await Promise.all(
    samples.map(async ({ hash }) => [
      ...(
        await sharp(await stored(hash))
          .raw()
          .toBuffer()
      ).subarray(0, 3),
    ]),
  )
  expect(colours).toEqual([
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
  ])
  expect(result.labels).toMatchObject([{ label: 'a', total: 3 }])
  expect(result.report).toMatchObject({
    scanned: 3,
    imported: 3,
    refused: [],
    byExtension: { tif: { imported: 3, refused: 0, ignored: 0 } },
  })
  expect((await importFrom(path.join(folder, 'set'))).result.digest).toBe(result.digest)
})

test('the pages of one file are never in two subsets', async () => {
  mkdirSync(path.join(folder, 'set/a'), { recursive: true })
  for (let n = 0; n < 12; n++)
    writeFileSync(
      path.join(folder, `set/a/scan-${n}.tif`),
      await tiffOf([`#0000${n + 10}`, `#00${n + 10}00`, `#${n + 10}0000`]),
    )
  const { samples, result } = await importFrom(path.join(folder, 'set'), {
    train: 0.5,
    validation: 0.25,
    test: 0.25,
  })
  const homes = new Map<string, Set<string>>()
  for (const { path: name, subset } of samples) {
    const file = name.replace(/#.*/, '')
    homes.set(file, (homes.get(file) ?? new Set()).add(subset))
  }
  expect([...homes.values()].map(({ size }) => size)).toEqual(new Array(12).fill(1))
  expect(result.split).toMatchObject({ kind: 'grouped', counts: { train: 18, validation: 9, test: 9 } })
})

test('the frames of an animation are no pages', async () => {
  mkdirSync(path.join(folder, 'set/a'), { recursive: true })
  const frames = await Promise.all(['#ff0000', '#00ff00'].map(flat))
  writeFileSync(
    path.join(folder, 'set/a/blink.gif'),
    await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer(),
  )
  const { samples } = await importFrom(path.join(folder, 'set'))
  expect(samples.map((sample) => sample.path)).toEqual(['a/blink.gif'])
})

test('a page that is damaged is refused by its number, and the others are kept', async () => {
  const file = await tiffOf(['#ff0000', '#00ff00', '#0000ff'])
  const first = file.readUInt32LE(4)
  const second = file.readUInt32LE(first + 2 + 12 * file.readUInt16LE(first))
  const entries = Array.from({ length: file.readUInt16LE(second) }, (_, index) => second + 2 + 12 * index)
  const tagged = (tag: number) =>
    file.readUInt32LE((entries.find((at) => file.readUInt16LE(at) === tag) ?? 0) + 8)
  // Of the second page, its strip of pixels.
  file.fill(0xff, tagged(273), tagged(273) + tagged(279))
  mkdirSync(path.join(folder, 'set/a'), { recursive: true })
  writeFileSync(path.join(folder, 'set/a/scan.tif'), file)
  const { samples, result } = await importFrom(path.join(folder, 'set'))
  expect(samples.map((sample) => sample.path)).toEqual(['a/scan.tif', 'a/scan.tif#page=3'])
  expect(result.report.refused).toMatchObject([
    { path: 'a/scan.tif#page=2', reason: expect.stringContaining("can't be decoded") },
  ])
})
