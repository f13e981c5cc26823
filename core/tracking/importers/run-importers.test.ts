import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sharedData } from '../../../build/bench/shared-data.ts'
import type { RunHead, RunImporter, RunSink } from './importer.ts'
import { chooseRunImporter, runImporters } from './index.ts'
import { openRunSource } from './open-run-source.ts'

let work: string
beforeEach(() => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-importers-'))
})
afterEach(() => rmSync(work, { recursive: true, force: true }))

interface ReadRun {
  origin: string
  head: RunHead | undefined
  params: Record<string, string>
  tags: Record<string, string>
  points: Record<string, number[][]>
  artifacts: Record<string, number>
  broken: [string, string][]
}

/** Reads all runs of a source as the importer that knows it does. */
async function readAll(
  root: string,
): Promise<{ importer: RunImporter; runs: ReadRun[]; broken: { part: string; reason: string }[] }> {
  const source = openRunSource(root, path.basename(root), root)
  const importer = chooseRunImporter(source)
  const found = await importer.find(source)
  const runs: ReadRun[] = []
  for (const run of found.runs) {
    const read: ReadRun = {
      origin: run.origin,
      head: undefined,
      params: {},
      tags: {},
      points: {},
      artifacts: {},
      broken: [],
    }
    const sink: RunSink = {
      async head(head) {
        read.head = head
      },
      async params(pairs) {
        Object.assign(read.params, pairs)
      },
      async tags(pairs) {
        Object.assign(read.tags, pairs)
      },
      async points(key, points) {
        const list = read.points[key] ?? []
        for (let at = 0; at < points.length; at += 3) list.push([...points.subarray(at, at + 3)])
        read.points[key] = list
      },
      async inputs() {},
      async artifact(place, content) {
        read.artifacts[place] = content.length
      },
      async artifactFile(place, file) {
        read.artifacts[place] = statSync(file).size
      },
      broken(part, reason) {
        read.broken.push([part, reason])
      },
    }
    await run.read(sink)
    runs.push(read)
  }
  found.close?.()
  return { importer, runs, broken: found.broken }
}

const tfevents = sharedData('trk-tfevents')
const largest =
  'ARM-software-keyword-transformer/models_data_v2_12_labels/att_mh_rnn_1/logs/validation/events.out.tfevents.1614857751.ip-172-31-22-172'

describe.runIf(tfevents)('TensorBoard event files', () => {
  it('gives each folder of them a run, with its points, times and graph', async () => {
    const { importer, runs } = await readAll(tfevents ?? '')
    expect(importer.id).toBe('tensorboard')
    expect(runs).toHaveLength(12)
    expect(runs.flatMap(({ broken }) => broken)).toEqual([])
    const keyword = runs.find(({ origin }) => origin.includes('att_mh_rnn_1'))
    expect(keyword?.points['accuracy']).toHaveLength(13_200)
    expect(keyword?.head).toMatchObject({ status: 'FINISHED', startTime: 1_614_857_751_000 })
    const proxies = runs.find(({ origin }) => origin.includes('model-proxies'))
    expect(Object.keys(proxies?.points ?? {}).sort()).toEqual(['acc', 'loss', 'val_acc', 'val_loss'])
    expect(proxies?.artifacts).toEqual({ 'graph.pb': 108_385 })
  })

  it('names a record that is cut off or damaged, and reads the others', async () => {
    const whole = readFileSync(path.join(tfevents ?? '', largest))
    const file = path.join(work, 'events.out.tfevents.1.here')
    writeFileSync(file, whole.subarray(0, whole.length - 5))
    const [cut] = (await readAll(work)).runs
    expect(cut?.points['accuracy']).toHaveLength(13_199)
    expect(cut?.broken[0]?.[1]).toContain('is cut off')
    const damaged = Buffer.from(whole)
    damaged[100] = (damaged[100] ?? 0) ^ 1
    writeFileSync(file, damaged)
    const [mended] = (await readAll(work)).runs
    expect(mended?.points['accuracy']).toHaveLength(13_199)
    expect(mended?.broken[0]?.[1]).toContain('wrong checksum')
  })
})

describe('every importer of runs', () => {
  it('has an id of its own and words for people', () => {
    const ids = runImporters.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { id, title } of runImporters) {
      expect(id).toMatch(/^[a-z][a-z0-9-]+$/)
      expect(title).not.toBe('')
    }
  })

  it('leaves a folder alone that holds nothing it knows', () => {
    writeFileSync(path.join(work, 'notes.txt'), 'nothing')
    const source = openRunSource(work, 'work', work)
    for (const importer of runImporters)
      expect([importer.id, importer.detects(source)]).toEqual([importer.id, false])
    expect(() => chooseRunImporter(source)).toThrow('holds no runs')
  })
})
