import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BlobFiles } from '../blobs/blob-files.ts'
import type { SampleFilter, Subset } from '../contract/index.ts'
import { BlobStore } from './blob-store.ts'
import { DatasetStore, type NewSample } from './dataset-store.ts'
import { Reserve } from './reserve.ts'
import { openStore, type Store } from './sqlite.ts'

const labels = ['cat', 'dog', '']
const box = (label: string, text: string | null = null) => ({ label, x0: 0, y0: 0, x1: 1, y1: 1, text })
const rows: [path: string, label: number, subset: Subset, width: number, height: number, more?: object][] = [
  ['a/100%_real.png', 0, 'train', 10, 300],
  [
    'a/cat.png',
    0,
    'test',
    20,
    20,
    { boxes: [box('paw "left"'), box('paw "left"'), box('tail', '"label":"ear"')] },
  ],
  ['b/dog.png', 1, 'train', 40, 30, { text: 'Ein Hund', value: 2 }],
  ['b/dog2.png', 1, 'validation', 50, 50, { text: 'Hunde', boxes: [box('tail')] }],
  ['c.png', 2, 'train', 5, 5, { value: -1 }],
]

describe('samples of a version', () => {
  let home: string
  let store: Store
  let datasets: DatasetStore
  let versionId: string

  beforeEach(async () => {
    home = mkdtempSync(path.join(tmpdir(), 'glyphlab-'))
    store = openStore(path.join(home, 'glyphlab.sqlite'))
    const blobs = new BlobStore(store, new BlobFiles(home), new Reserve(home))
    datasets = new DatasetStore(store, blobs, new Reserve(home))
    const writer = datasets.beginVersion('animals', 'class-folders', home)
    const samples: NewSample[] = []
    for (const [file, label, subset, width, height, more] of rows) {
      const { id } = await blobs.addBytes(Buffer.alloc(width * 10, file))
      const plain = { text: null, value: null, group: null, boxes: [] }
      samples.push({
        path: file,
        blobId: id,
        label,
        subset,
        width,
        height,
        mediaType: 'image/png',
        ...plain,
        ...more,
      })
    }
    writer.append(samples)
    const none = { train: 0, validation: 0, test: 0 }
    writer.finish({
      digest: '0'.repeat(64),
      sampleCount: rows.length,
      bytes: 0,
      labels: labels.map((label) => ({ label, counts: none, total: 0 })),
      split: { name: 'default', kind: 'stratified', seed: 1, fractions: none, counts: none },
      report: {
        scanned: 0,
        imported: 0,
        refused: [],
        ignored: [],
        byExtension: {},
        duplicates: [],
        warnings: [],
        durationMs: 0,
      },
    })
    versionId = writer.uid
  })

  afterEach(() => {
    store.close()
    rmSync(home, { recursive: true })
  })

  const ordinals = (filter: Partial<SampleFilter>, offset = 0, limit = 10) =>
    datasets.samples(versionId, filter, offset, limit).items.map(({ ordinal }) => ordinal)

  it('comes in pages, the last one short, none beyond the end', () => {
    expect(ordinals({}, 0, 2)).toEqual([0, 1])
    expect(ordinals({}, 4, 2)).toEqual([4])
    expect(ordinals({}, 9, 2)).toEqual([])
    expect(datasets.samples(versionId, {}, 9, 2).total).toBe(5)
    expect(ordinals({ subset: 'train' }, 1, 1)).toEqual([2])
  })

  it.each<[string, Partial<SampleFilter>, number[]]>([
    ['classes', { labels: ['dog', ''] }, [2, 3, 4]],
    ['a class that is not there', { labels: ['bird'] }, []],
    ['a class of boxes', { boxLabels: ['paw "left"'] }, [1]],
    ['one of two classes of boxes', { boxLabels: ['tail', 'ear'] }, [1, 3]],
    ['a class of boxes that only a text names', { boxLabels: ['ear'] }, []],
    ['a class of boxes and a subset', { boxLabels: ['tail'], subset: 'validation' }, [3]],
    ['a subset', { subset: 'train' }, [0, 2, 4]],
    ['class and subset', { labels: ['dog'], subset: 'train' }, [2]],
    ['part of a path, in any case', { search: 'DOG' }, [2, 3]],
    ['part of a transcription', { search: 'hund' }, [2, 3]],
    ['signs that mean something to SQL, as they are', { search: '0%_r' }, [0]],
    ['the longer side', { sides: { min: 30, max: 50 } }, [2, 3]],
    ['text and subset', { search: 'a/', subset: 'test' }, [1]],
  ])('narrows by %s', (_, filter, expected) => {
    expect(ordinals(filter)).toEqual(expected)
    expect(datasets.samples(versionId, filter, 0, 1).total).toBe(expected.length)
    expect(ordinals({ ...filter, descending: true })).toEqual(expected.toReversed())
  })

  it('sorts, with what lacks the property last either way', () => {
    expect(ordinals({ sort: 'pixels' })).toEqual([4, 1, 2, 3, 0])
    expect(ordinals({ sort: 'bytes', descending: true })).toEqual([3, 2, 1, 0, 4])
    expect(ordinals({ sort: 'value' })).toEqual([4, 2, 0, 1, 3])
    expect(ordinals({ sort: 'value', descending: true })).toEqual([2, 4, 0, 1, 3])
    expect(ordinals({ sort: 'text-length', labels: ['dog'] })).toEqual([3, 2])
  })

  it('knows how many boxes of each class there are', () => {
    const none = { train: 0, validation: 0, test: 0 }
    expect(datasets.version(versionId).boxLabels).toEqual([
      { label: 'paw "left"', counts: { ...none, test: 2 }, total: 2 },
      { label: 'tail', counts: { ...none, test: 1, validation: 1 }, total: 2 },
    ])
  })

  it('knows where a sample stands in a list', () => {
    expect(datasets.position(versionId, {}, 3)).toBe(3)
    expect(datasets.position(versionId, {}, 5)).toBeNull()
    expect(datasets.position(versionId, { sort: 'value' }, 2)).toBe(1)
    expect(datasets.position(versionId, { labels: ['cat'] }, 2)).toBeNull()
  })
})
