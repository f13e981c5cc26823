import fs from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { decodeJson } from '../../contract/index.ts'
import { type PortableRun, portableRun } from '../portable-run.ts'
import type { FoundSourceRuns, RunImporter, RunSink } from './importer.ts'
import { readPortable } from './portable.ts'

const runName = /(^|\/)[0-9a-f]{32}\/run\.json$/
const number = z.custom<number>((value) => typeof value === 'number')
const seriesLine = z.object({
  key: z.string(),
  steps: z.array(number),
  values: z.array(number),
  times: z.array(number),
})

/** What the JSON exporter of runs writes. */
export const glyphlabJson: RunImporter = {
  id: 'glyphlab-json',
  title: 'Glyphlab export (JSON)',
  detects: ({ files }) => files.some((file) => runName.test(file)),
  find: (source) => {
    const found: FoundSourceRuns = { runs: [], broken: [], notes: [], experimentTags: {} }
    for (const file of source.files.filter((one) => runName.test(one))) {
      try {
        const run = portableRun.parse(JSON.parse(fs.readFileSync(path.join(source.root, file), 'utf8')))
        if (found.experimentTags && Object.keys(run.experimentTags).length > 0)
          found.experimentTags[run.experiment] = run.experimentTags
        const { id, name, experiment } = run
        const folder = path.join(source.root, path.posix.dirname(file))
        found.runs.push({ id, origin: id, name, experiment, read: (sink) => readRun(run, folder, sink) })
      } catch (cause) {
        found.broken.push({ part: file, reason: cause instanceof Error ? cause.message : String(cause) })
      }
    }
    return Promise.resolve(found)
  },
}

async function readRun(run: PortableRun, folder: string, sink: RunSink): Promise<void> {
  await readPortable(run, path.join(folder, 'artifacts'), sink)
  const file = path.join(folder, 'points.jsonl')
  if (!fs.existsSync(file)) {
    sink.broken('points.jsonl', 'it is missing')
    return
  }
  let at = 0
  for await (const line of createInterface({
    input: fs.createReadStream(file),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    at++
    if (line === '') continue
    const parsed = seriesLine.safeParse(parsedLine(line))
    if (!parsed.success) {
      sink.broken('points.jsonl', `line ${at} can't be read`)
      continue
    }
    const { key, steps, values, times } = parsed.data
    const points = new Float64Array(steps.length * 3)
    for (const [index, step] of steps.entries())
      points.set([step, values[index] ?? Number.NaN, times[index] ?? 0], index * 3)
    await sink.points(key, points)
  }
}

function parsedLine(line: string): unknown {
  try {
    return decodeJson(line)
  } catch {
    return undefined
  }
}
