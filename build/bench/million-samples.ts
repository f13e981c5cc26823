import path from 'node:path'
import { BlobFiles } from '../../core/blobs/blob-files.ts'
import type { Subset } from '../../core/contract/index.ts'
import { encodeGreyPng } from '../../core/imaging/png.ts'
import { BlobStore } from '../../core/store/blob-store.ts'
import { DatasetStore } from '../../core/store/dataset-store.ts'
import { Reserve } from '../../core/store/reserve.ts'
import { openStore } from '../../core/store/sqlite.ts'

export const millionName = 'million'
const count = 1_000_000
const pictures = 200
const labels = Array.from({ length: 100 }, (_, index) => `class ${String(index).padStart(2, '0')}`)
const side = 28

/** Every tenth sample is for validation and every tenth for test. */
const subsetOf = (index: number): Subset =>
  index % 10 === 8 ? 'validation' : index % 10 === 9 ? 'test' : 'train'

/** Writes a data folder with one dataset of a million rows over 200 real pictures. */
export async function writeMillionSamples(home: string): Promise<void> {
  const store = openStore(path.join(home, 'glyphlab.sqlite'))
  const blobs = new BlobStore(store, new BlobFiles(home), new Reserve(home))
  const blobIds: number[] = []
  for (let index = 0; index < pictures; index++) {
    const pixels = Buffer.from(
      Array.from({ length: side * side }, (_, at) => (at * (index + 1) + ((at / side) | 0) * index) % 256),
    )
    blobIds.push((await blobs.addBytes(encodeGreyPng(pixels, side, side))).id)
  }
  const counts = new Map(labels.map((label) => [label, { train: 0, validation: 0, test: 0 }]))
  const total = { train: 0, validation: 0, test: 0 }
  const writer = new DatasetStore(store, blobs, new Reserve(home)).beginVersion(
    millionName,
    'synthetic',
    home,
  )
  const batch = 10_000
  for (let start = 0; start < count; start += batch) {
    writer.append(
      Array.from({ length: batch }, (_, offset) => {
        const index = start + offset
        const label = (index * 7919 + ((index / 100) | 0)) % labels.length
        const subset = subsetOf(index)
        total[subset] += 1
        const own = counts.get(labels[label] ?? '')
        if (own) own[subset] += 1
        return {
          path: `${String((index / 10_000) | 0).padStart(2, '0')}/${String(index).padStart(7, '0')}.png`,
          blobId: blobIds[index % pictures] ?? 0,
          label,
          subset,
          width: side,
          height: side,
          mediaType: 'image/png',
          text: null,
          value: null,
          group: null,
          boxes: [],
        }
      }),
    )
  }
  writer.finish({
    digest: '0'.repeat(64),
    sampleCount: count,
    bytes: blobs.totalBytes(),
    labels: [...counts].map(([label, own]) => ({
      label,
      counts: own,
      total: own.train + own.validation + own.test,
    })),
    split: {
      name: 'default',
      kind: 'stratified',
      seed: 0,
      fractions: { train: 0.8, validation: 0.1, test: 0.1 },
      counts: total,
    },
    report: {
      scanned: count,
      imported: count,
      refused: [],
      ignored: [],
      byExtension: {},
      duplicates: [],
      warnings: [],
      durationMs: 0,
    },
  })
  store.close()
}
