import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DatasetVersion, Job, Sample } from '../contract/index.ts'
import { type Engine, openEngine } from './engine.ts'

const repository = path.resolve(import.meta.dirname, '../..')
const digits = path.join(repository, 'data/datasets/sign-language-digits')
const allDigits = path.join(repository, '../shared/data/cls-sign-language-digits')

let home: string
let engine: Engine
let version: DatasetVersion
let runId: string

async function finished(jobId: string): Promise<Job> {
  const job = await engine.services.queue.settled(jobId)
  if (job.error) throw new Error(job.error.message)
  return job
}

async function importFolder(folder: string, name: string): Promise<DatasetVersion> {
  const { jobId } = await engine.call('datasets.import', { source: { kind: 'path', path: folder }, name })
  const { result } = await finished(jobId)
  return engine.call('datasets.version', { versionId: String(result?.['datasetVersionId']) })
}

function floats(base64: string): Float32Array {
  const bytes = Buffer.from(base64, 'base64')
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}

async function mapOf(
  of: DatasetVersion,
  source: { kind: 'pixels' } | { kind: 'run'; runId: string },
  seed: number,
): Promise<{ mapId: string; places: Float32Array }> {
  const { jobId } = await engine.call('datasets.makeMap', { versionId: of.id, source, seed })
  const mapId = String((await finished(jobId)).result?.['mapId'])
  const { coordinates } = await engine.call('datasets.mapCoordinates', { mapId })
  return { mapId, places: floats(coordinates) }
}

async function samplesOf(of: DatasetVersion): Promise<Sample[]> {
  return (await engine.call('datasets.samples', { versionId: of.id, limit: 5_000 })).items
}

/** Share of the five nearest points on the map that are of the point's own class. */
function sameClass(places: Float32Array, samples: readonly Sample[]): number {
  let same = 0
  for (const { ordinal, label } of samples) {
    const [x = 0, y = 0] = places.subarray(ordinal * 2, ordinal * 2 + 2)
    const nearest = samples
      .filter((other) => other.ordinal !== ordinal)
      .map((other) => ({
        label: other.label,
        squared:
          ((places[other.ordinal * 2] ?? 0) - x) ** 2 + ((places[other.ordinal * 2 + 1] ?? 0) - y) ** 2,
      }))
      .sort((a, b) => a.squared - b.squared)
      .slice(0, 5)
    same += nearest.filter((other) => other.label === label).length
  }
  return same / (5 * samples.length)
}

beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'glyphlab-map-'))
  engine = await openEngine(home, pino({ level: 'silent' }))
  version = await importFolder(digits, 'digits')
  const training = await engine.call('training.start', {
    datasetVersionId: version.id,
    options: { epochs: 6, imageSize: 24, batchSize: 16 },
    backend: 'wasm',
  })
  await finished(training.jobId)
  runId = training.runId
}, 120_000)
afterAll(async () => {
  await engine.close()
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
})

describe('the map of a dataset', () => {
  it('has the same places for the same seed, and others for another', async () => {
    const first = await mapOf(version, { kind: 'pixels' }, 7)
    const again = await mapOf(version, { kind: 'pixels' }, 7)
    const other = await mapOf(version, { kind: 'pixels' }, 8)
    expect(first.places).toHaveLength(version.sampleCount * 2)
    expect(first.places.every(Number.isFinite)).toBe(true)
    expect(again.places).toEqual(first.places)
    expect(other.places).not.toEqual(first.places)
    const kept = await engine.call('datasets.maps', { versionId: version.id })
    expect(kept.map(({ seed, title }) => [seed, title])).toEqual([
      [8, 'Pixels'],
      [7, 'Pixels'],
      [7, 'Pixels'],
    ])
    await engine.call('datasets.deleteMap', { mapId: other.mapId })
    expect(await engine.call('datasets.maps', { versionId: version.id })).toHaveLength(2)
  }, 60_000)

  it('made by what a model sees puts pictures of one class together', async () => {
    const { places } = await mapOf(version, { kind: 'run', runId }, 42)
    expect(sameClass(places, await samplesOf(version))).toBeGreaterThan(0.4) // by chance: 0.1
  }, 60_000)

  it.skipIf(!existsSync(allDigits))(
    'of 2,062 hand signs by pixels puts signs of one class together',
    async () => {
      const all = await importFolder(allDigits, 'all digits')
      const { places } = await mapOf(all, { kind: 'pixels' }, 42)
      expect(sameClass(places, await samplesOf(all))).toBeGreaterThan(0.4)
      await engine.call('datasets.delete', { datasetId: all.datasetId })
      await engine.call('datasets.purge', { datasetId: all.datasetId })
      const left = engine.services.store.prepare('SELECT count(*) FROM dataset_map WHERE title = ?').pluck()
      const byPixels = (await engine.call('datasets.maps', { versionId: version.id })).filter(
        ({ title }) => title === 'Pixels',
      )
      expect(left.get('Pixels')).toBe(byPixels.length)
    },
    180_000,
  )

  it('that is cancelled while it is made leaves nothing behind', async () => {
    const before = await engine.call('datasets.maps', { versionId: version.id })
    const { jobId } = await engine.call('datasets.makeMap', { versionId: version.id })
    await expect.poll(async () => (await engine.call('jobs.get', { jobId })).status).toBe('running')
    await engine.call('jobs.cancel', { jobId })
    expect((await engine.services.queue.settled(jobId)).status).toBe('cancelled')
    expect(await engine.call('datasets.maps', { versionId: version.id })).toEqual(before)
  }, 30_000)

  it('gives what points are coloured by', async () => {
    const { labels, classes, subsets, values } = await engine.call('datasets.points', {
      versionId: version.id,
    })
    const bytes = Buffer.from(classes, 'base64')
    const samples = await samplesOf(version)
    expect(samples.map(({ ordinal }) => labels[bytes.readUInt16LE(ordinal * 2)])).toEqual(
      samples.map(({ label }) => label),
    )
    expect([...Buffer.from(subsets, 'base64')]).toEqual(
      samples.map(({ subset }) => ['train', 'validation', 'test'].indexOf(subset)),
    )
    expect(values).toBeNull()
  })
})

describe('the answers of a model for a whole version', () => {
  it('are those that it gives for each picture alone, and filter the pictures', async () => {
    await engine.call('models.register', { runId, name: 'signs', alias: 'champion' })
    const { jobId } = await engine.call('datasets.predict', {
      versionId: version.id,
      source: { kind: 'model', reference: 'signs@champion' },
    })
    const predictionId = String((await finished(jobId)).result?.['predictionId'])
    const [made] = await engine.call('datasets.predictions', { versionId: version.id })
    expect(made).toMatchObject({ id: predictionId, title: 'signs/1', seen: version.split.counts.train })
    expect((made?.right ?? 0) + (made?.wrong ?? 0)).toBe(version.sampleCount)

    const samples = await samplesOf(version)
    const some = samples.filter(({ ordinal }) => ordinal % 9 === 0)
    const single = await engine.call('models.predict', {
      reference: 'signs/1',
      files: some.map((sample) => ({ kind: 'path', path: path.join(digits, sample.path) })),
    })
    for (const [at, { ordinal, label, subset }] of some.entries()) {
      const [told] = await engine.call('datasets.samplePredictions', { versionId: version.id, ordinal })
      const best = Math.max(...(single[at]?.probabilities.map(({ probability }) => probability) ?? []))
      expect(told?.label).toBe(single[at]?.label)
      expect(told?.confidence).toBeCloseTo(best, 5)
      expect(told?.seen).toBe(subset === 'train')
      expect(told?.outcome === 'right').toBe(told?.label === label)
    }

    const filtered = async (prediction: object) =>
      engine.call('datasets.samples', {
        versionId: version.id,
        limit: 5_000,
        prediction: { id: predictionId, ...prediction },
      })
    const right = await filtered({ outcome: 'right' })
    const wrong = await filtered({ outcome: 'wrong' })
    expect([right.total, wrong.total]).toEqual([made?.right, made?.wrong])
    expect((await filtered({ outcome: 'confident-wrong' })).total).toBe(made?.confidentWrong)
    expect((await filtered({ seen: true })).items.every(({ subset }) => subset === 'train')).toBe(true)
    const asThree = await filtered({ label: '3', outcome: 'right' })
    expect(asThree.items.every(({ label }) => label === '3')).toBe(true)
  }, 60_000)

  it('names what is wrong when the run has no model', async () => {
    await expect(
      engine.call('datasets.predict', { versionId: version.id, source: { kind: 'run', runId: 'ffff' } }),
    ).rejects.toThrow(/run/)
  })
})

describe('a selection of pictures', () => {
  it('is kept under an id that filters the pictures, with other filters, in any order', async () => {
    const ordinals = [40, 3, 77, 3]
    const kept = await engine.call('datasets.keepSelection', { versionId: version.id, ordinals })
    const again = await engine.call('datasets.keepSelection', {
      versionId: version.id,
      ordinals: [77, 40, 3],
    })
    expect(again).toEqual(kept)
    const all = { versionId: version.id, selection: kept.selectionId }
    const listed = await engine.call('datasets.samples', { ...all, sort: 'path', descending: true })
    expect(listed.items.map(({ ordinal }) => ordinal)).toEqual([77, 40, 3])
    const label = listed.items[0]?.label ?? ''
    const ofClass = await engine.call('datasets.samples', { ...all, labels: [label] })
    expect(ofClass.items.every((sample) => sample.label === label)).toBe(true)
    expect(await engine.call('datasets.position', { ...all, ordinal: 77 })).toEqual({ position: 2 })
    await expect(
      engine.call('datasets.keepSelection', { versionId: version.id, ordinals: [version.sampleCount] }),
    ).rejects.toThrow(`has ${version.sampleCount}`)
  })
})
