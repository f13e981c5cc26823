import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Engine, openEngine } from './engine.ts'

const digits = path.resolve(import.meta.dirname, '../../data/datasets/sign-language-digits')
const days = 24 * 60 * 60 * 1000

let work: string
let engine: Engine

beforeEach(async () => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-trash-'))
  engine = await openEngine(path.join(work, 'home'), pino({ level: 'silent' }))
})
afterEach(async () => {
  await engine.close()
  rmSync(work, { recursive: true, force: true, maxRetries: 5 })
})

async function imported(name: string, classes: string[]) {
  const source = path.join(work, `source of ${name}`)
  for (const digit of classes) cpSync(path.join(digits, digit), path.join(source, digit), { recursive: true })
  const { jobId } = await engine.call('datasets.import', { source: { kind: 'path', path: source }, name })
  expect(await engine.services.queue.settled(jobId)).toMatchObject({ status: 'succeeded' })
  return engine.call('datasets.version', { name })
}
const namesOf = async () => (await engine.call('datasets.list', {})).map(({ name }) => name)

describe('a deleted dataset', () => {
  it('is out of sight, and comes back as it was', async () => {
    const { id: versionId, datasetId, sampleCount, digest } = await imported('signs', ['1', '2'])
    await engine.call('datasets.edit', {
      versionId,
      edit: { kind: 'change', ordinals: [0], set: { label: 'x' } },
    })
    await engine.call('datasets.delete', { datasetId })
    expect(await namesOf()).toEqual([])
    for (const wanted of [{ versionId }, { name: 'signs' }])
      await expect(engine.call('datasets.version', wanted)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(
      engine.call('datasets.makeMap', { versionId, source: { kind: 'pixels' } }),
    ).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    const [deleted] = await engine.call('datasets.deleted', {})
    expect(deleted).toMatchObject({ id: datasetId, name: 'signs', versionCount: 1, sampleCount })
    expect((deleted?.keptUntil ?? 0) - (deleted?.deletedAt ?? 0)).toBe(30 * days)

    await engine.call('datasets.restore', { datasetId })
    expect((await engine.call('datasets.version', { name: 'signs' })).digest).toBe(digest)
    expect((await engine.call('datasets.draft', { versionId })).count).toBe(1)
    expect(await engine.call('datasets.deleted', {})).toEqual([])
  })

  it('frees its name, and is restored under another one', async () => {
    const first = await imported('signs', ['1'])
    await engine.call('datasets.delete', { datasetId: first.datasetId })
    const second = await imported('signs', ['2'])
    expect(second.number).toBe(1)
    await expect(engine.call('datasets.restore', { datasetId: first.datasetId })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('another name'),
    })
    await engine.call('datasets.restore', { datasetId: first.datasetId, name: 'old signs' })
    expect(await namesOf()).toEqual(['signs', 'old signs'])
    await engine.call('datasets.delete', { datasetId: first.datasetId })
    await engine.call('datasets.delete', { datasetId: second.datasetId })
    expect((await engine.call('datasets.deleted', {})).map(({ name }) => name)).toEqual([
      'signs',
      'old signs',
    ])
  })

  it('says what a purge frees before it does: what others use stays', async () => {
    const both = await imported('both', ['1', '2'])
    const { datasetId } = both
    const one = await imported('one', ['1'])
    await expect(engine.call('datasets.purge', { datasetId })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await engine.call('datasets.delete', { datasetId })
    // A pack stays as long as one of its pictures is needed.
    expect(await engine.call('datasets.purgeable', { datasetId })).toEqual({ bytes: 0 })
    await engine.call('datasets.delete', { datasetId: one.datasetId })
    expect(await engine.call('datasets.purgeable', { datasetId })).toEqual({ bytes: 0 })
    expect(await engine.call('datasets.purge', { datasetId: one.datasetId })).toEqual({ freedBytes: 0 })
    const { bytes } = await engine.call('datasets.purgeable', { datasetId })
    expect(bytes).toBe(both.bytes)
    expect(await engine.call('datasets.purge', { datasetId })).toEqual({ freedBytes: bytes })
    expect(engine.services.blobs.totalBytes()).toBe(0)
    const { items } = await engine.call('engine.audit', {})
    expect(items.map(({ action }) => action)).toEqual([
      'dataset.purged',
      'dataset.purged',
      'dataset.deleted',
      'dataset.deleted',
    ])
  })

  it('is purged by itself when its time is over', async () => {
    const old = await imported('old', ['1'])
    const recent = await imported('recent', ['2'])
    for (const { datasetId } of [old, recent]) await engine.call('datasets.delete', { datasetId })
    const age = engine.services.store.prepare('UPDATE dataset SET deleted_at = ? WHERE id = ?')
    age.run(Date.now() - 31 * days, old.datasetId)
    age.run(Date.now() - 29 * days, recent.datasetId)
    await engine.close()
    engine = await openEngine(path.join(work, 'home'), pino({ level: 'silent' }))
    await expect
      .poll(async () => (await engine.call('datasets.deleted', {})).map(({ name }) => name))
      .toEqual(['recent'])
    await expect.poll(() => engine.services.blobs.totalBytes()).toBe(recent.bytes)
  })
})
