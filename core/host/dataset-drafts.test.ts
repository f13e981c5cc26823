import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type {
  BrowsedSample,
  DatasetVersion,
  ProcedureInput,
  RecipeStepInput,
  SampleEdit,
} from '../contract/index.ts'
import { type Engine, openEngine } from './engine.ts'
import { serveEngine } from './testing/serve.ts'

const digits = path.resolve(import.meta.dirname, '../../data/datasets/sign-language-digits')
const box = { x0: 10, y0: 20, x1: 60, y1: 9_000, label: 'hand', text: null }

let home: string
let engine: Engine
let version: DatasetVersion

async function finished(jobId: string): Promise<DatasetVersion> {
  const job = await engine.services.queue.settled(jobId)
  if (job.error) throw new Error(job.error.message)
  return engine.call('datasets.version', { versionId: String(job.result?.['datasetVersionId']) })
}

beforeEach(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'glyphlab-drafts-'))
  engine = await openEngine(home, pino({ level: 'silent' }))
  const { jobId } = await engine.call('datasets.import', {
    source: { kind: 'path', path: digits },
    name: 'digits',
  })
  version = await finished(jobId)
})
afterEach(async () => {
  await engine.close()
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
})

const edit = (change: SampleEdit) => engine.call('datasets.edit', { versionId: version.id, edit: change })
const relabel = (ordinals: number[], label: string) => edit({ kind: 'change', ordinals, set: { label } })
const draft = () => engine.call('datasets.draft', { versionId: version.id })

async function shown(
  filter: Omit<ProcedureInput<'datasets.samples'>, 'versionId'> = {},
): Promise<BrowsedSample[]> {
  const request = { versionId: version.id, draft: true, limit: 5_000, ...filter }
  const { items, total } = await engine.call('datasets.samples', request)
  expect(total).toBe(items.length)
  const ordinals = await engine.call('datasets.ordinals', {
    ...filter,
    versionId: version.id,
    draft: true,
    limit: 5_000,
  })
  expect(ordinals).toEqual(items.map(({ ordinal }) => ordinal))
  return items
}

/** One of each kind of edit, and some that meet. */
async function editALot(): Promise<void> {
  await relabel([0, 1, 2], 'zero\u0308')
  await relabel([2, 190], '1')
  await edit({ kind: 'rename-class', from: '3', to: 'three' })
  await edit({
    kind: 'change',
    ordinals: [5],
    set: { text: 'a\u0308', value: 2.5, group: 'g', subset: 'test' },
  })
  await edit({ kind: 'change', ordinals: [6], set: { boxes: [box] } })
  await edit({ kind: 'change', ordinals: [6], set: { value: 1 } })
  await edit({ kind: 'merge-classes', from: ['4', '5', 'hand'], into: '1' })
  await edit({ kind: 'delete', ordinals: [199, 5 + 20] })
}

describe('what a draft shows', () => {
  it('leaves the version alone, and shows the samples as they would be, also to filters and in each order', async () => {
    await editALot()
    expect((await engine.call('datasets.version', { versionId: version.id })).digest).toBe(version.digest)
    const plain = await engine.call('datasets.samples', { versionId: version.id, limit: 5_000 })
    expect(plain.items.some(({ edited }) => edited)).toBe(false)
    expect(plain.total).toBe(version.sampleCount)

    const all = await shown()
    expect(all).toHaveLength(version.sampleCount - 2)
    const byOrdinal = new Map(all.map((sample) => [sample.ordinal, sample]))
    expect(byOrdinal.get(0)).toMatchObject({ label: 'zerö', edited: true })
    expect(byOrdinal.get(2)).toMatchObject({ label: '1' })
    expect(byOrdinal.get(5)).toMatchObject({ text: 'ä', value: 2.5, group: 'g', subset: 'test' })
    expect(byOrdinal.get(6)?.boxes).toEqual([{ ...box, label: '1', y1: byOrdinal.get(6)?.height }])
    expect(byOrdinal.get(60)).toMatchObject({ label: 'three', edited: false })

    const state = await draft()
    expect(state.sampleCount).toBe(all.length)
    expect(state.boxLabels).toEqual([{ label: '1', counts: expect.anything(), total: 1 }])
    expect((await shown({ boxLabels: ['1'] })).map(({ ordinal }) => ordinal)).toEqual([6])
    expect(await shown({ boxLabels: ['hand'] })).toEqual([])
    for (const { label, counts, total } of state.labels) {
      expect(await shown({ labels: [label] })).toHaveLength(total)
      for (const subset of ['train', 'validation', 'test'] as const)
        expect(await shown({ labels: [label], subset })).toHaveLength(counts[subset])
    }
    expect(state.labels.map(({ label }) => label)).toEqual([
      '0',
      '1',
      '2',
      'three',
      '6',
      '7',
      '8',
      '9',
      'zerö',
    ])
    expect((await shown({ search: 'Ä' })).map(({ ordinal }) => ordinal)).toEqual([])
    expect((await shown({ search: 'ä' })).map(({ ordinal }) => ordinal)).toEqual([5])
    for (const sort of ['path', 'label', 'pixels', 'bytes', 'value', 'text-length'] as const)
      for (const descending of [false, true]) {
        const list = await shown({ sort, descending })
        const rank = new Map(state.labels.map(({ label }, index) => [label, index]))
        const keys = {
          path: ({ ordinal }: BrowsedSample) => ordinal,
          label: ({ label }: BrowsedSample) => rank.get(label) ?? -1,
          pixels: ({ width, height }: BrowsedSample) => width * height,
          bytes: ({ bytes }: BrowsedSample) => bytes,
          value: ({ value }: BrowsedSample) => value ?? Number.NaN,
          'text-length': ({ text }: BrowsedSample) => (text === null ? Number.NaN : text.length),
        }
        const found = list.map(keys[sort])
        const sign = descending ? -1 : 1
        const expected = [...found].sort((a, b) =>
          Number.isNaN(a) || Number.isNaN(b)
            ? Number(Number.isNaN(a)) - Number(Number.isNaN(b))
            : (a - b) * sign,
        )
        expect(found).toEqual(expected)
        expect(list).toHaveLength(all.length)
      }
    const position = { versionId: version.id, draft: true, labels: ['zerö'], ordinal: 1 }
    expect(await engine.call('datasets.position', position)).toEqual({ position: 1 })
    expect(await engine.call('datasets.position', { ...position, ordinal: 2 })).toEqual({ position: null })
  })

  it('takes edits back and does them again, and a new edit ends what was undone', async () => {
    await relabel([0], 'a')
    await relabel([0], 'b')
    const undone = await engine.call('datasets.undo', { versionId: version.id })
    expect(undone).toMatchObject({ count: 1, redo: expect.stringContaining('Class: b') })
    expect((await shown())[0]?.label).toBe('a')
    await engine.call('datasets.redo', { versionId: version.id })
    expect((await shown())[0]?.label).toBe('b')
    await engine.call('datasets.undo', { versionId: version.id })
    await engine.call('datasets.undo', { versionId: version.id })
    expect((await engine.call('datasets.undo', { versionId: version.id })).undo).toBeNull()
    expect((await shown())[0]).toMatchObject({ label: '0', edited: false })
    expect(await relabel([1], 'c')).toMatchObject({ count: 1, redo: null })
    expect((await draft()).edits.map(({ words }) => words)).toEqual([
      expect.stringMatching(/^Class: c \(0\/IMG_.*\)$/),
    ])
    expect(await engine.call('datasets.discardDraft', { versionId: version.id })).toEqual({ discarded: 1 })
    expect((await draft()).total).toBe(0)
  })

  it('refuses what is not there, and a name that is taken, with the remedy', async () => {
    await expect(relabel([5_000], 'a')).rejects.toThrow(/no picture 5000/)
    await edit({ kind: 'delete', ordinals: [3] })
    await expect(relabel([3], 'a')).rejects.toThrow(/no picture 3/)
    await expect(edit({ kind: 'rename-class', from: '0', to: '1' })).rejects.toThrow(/merge "0" into "1"/)
    await expect(edit({ kind: 'change', ordinals: [0, 1], set: { boxes: [box] } })).rejects.toThrow(
      /one picture/,
    )
    expect((await draft()).count).toBe(1)
  })
})

describe('saving a draft', () => {
  it('makes the version that the same steps make by hand, as it was shown, and empties the draft', async () => {
    await editALot()
    const before = await shown()
    const { jobId } = await engine.call('datasets.saveDraft', { versionId: version.id, note: 'by hand' })
    const saved = await finished(jobId)
    expect(saved).toMatchObject({ number: 2, parents: [version.id], note: 'by hand' })
    const { items } = await engine.call('datasets.samples', { versionId: saved.id, limit: 5_000 })
    const facts = ({ ordinal: _, edited: __, ...sample }: BrowsedSample) => sample
    expect(items.map(facts)).toEqual(before.map(facts))
    expect((await draft()).total).toBe(0)
    expect(await shown()).toHaveLength(version.sampleCount)

    const steps = saved.recipe?.['steps'] as RecipeStepInput[]
    expect(steps.map(({ kind }) => kind)).toEqual(['rename-class', 'merge-classes', 'relabel', 'filter'])
    const again = await engine.call('datasets.transform', { versionId: version.id, steps, name: 'again' })
    expect((await finished(again.jobId)).digest).toBe(saved.digest)
    await expect(engine.call('datasets.saveDraft', { versionId: version.id })).rejects.toThrow(
      /nothing to save/,
    )
  })

  it('keeps the edits when saving fails', async () => {
    await edit({ kind: 'delete', ordinals: Array.from({ length: version.sampleCount }, (_, index) => index) })
    const { jobId } = await engine.call('datasets.saveDraft', { versionId: version.id })
    await expect(finished(jobId)).rejects.toThrow(/leaves no picture/)
    expect((await draft()).count).toBe(1)
  })
})

it('no edit, undo or redo that was answered is lost by kill -9', async () => {
  await engine.close()
  for (let round = 0; round < 3; round += 1) {
    const served = await serveEngine(home)
    for (let each = 0; each < 4; each += 1)
      await served.call('datasets.edit', {
        versionId: version.id,
        edit: { kind: 'change', ordinals: [round * 4 + each], set: { label: `round ${round}` } },
      })
    await served.call('datasets.undo', { versionId: version.id })
    if (round === 1) await served.call('datasets.redo', { versionId: version.id })
    await served.end('SIGKILL')
  }
  engine = await openEngine(home, pino({ level: 'silent' }))
  expect(await draft()).toMatchObject({ count: 10, total: 11, redo: expect.stringContaining('round 2') })
  expect(await shown({ labels: ['round 1'] })).toHaveLength(4)
  expect(await shown({ labels: ['round 2'] })).toHaveLength(3)
})
