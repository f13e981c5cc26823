import { appendFile } from 'node:fs/promises'
import path from 'node:path'
import { toPortable } from '../portable-run.ts'
import { copyBlob, pythonNumber, writeNew } from './export-files.ts'
import type { RunExporter } from './exporter.ts'

/** The columns of runs.csv; objects are JSON. */
export const runColumns = [
  'run_id',
  'name',
  'experiment',
  'status',
  'lifecycle',
  'start_time',
  'end_time',
  'user',
  'params',
  'tags',
  'inputs',
  'environment',
  'experiment_tags',
] as const
export const pointColumns = ['run_id', 'key', 'step', 'timestamp', 'value'] as const

const cell = (value: string | number | null): string => {
  const text = value === null ? '' : String(value)
  return /[",\n\r]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
const line = (cells: readonly (string | number | null)[]): string => `${cells.map(cell).join(',')}\n`

export const csv: RunExporter = {
  id: 'csv',
  title: 'CSV',
  description: 'runs.csv, points.csv with every point, and the files of each run. Nothing is lost.',
  target: 'folder',
  open(directory) {
    const runs = path.join(directory, 'runs.csv')
    const allPoints = path.join(directory, 'points.csv')
    let runId = ''
    let isBegun = false
    return {
      async begin(exported) {
        if (!isBegun) {
          await writeNew(runs, line(runColumns))
          await writeNew(allPoints, line(pointColumns))
          isBegun = true
        }
        const run = toPortable(exported)
        runId = run.id
        const row = [
          ...[
            run.id,
            run.name,
            run.experiment,
            run.status,
            run.lifecycle,
            run.startTime,
            run.endTime,
            run.user,
          ],
          ...[run.params, run.tags, run.inputs, run.environment, run.experimentTags].map((value) =>
            JSON.stringify(value),
          ),
        ]
        await appendFile(runs, line(row))
      },
      async points(key, points) {
        const lines: string[] = []
        for (let at = 0; at < points.length; at += 3)
          lines.push(
            line([
              runId,
              key,
              points[at] ?? 0,
              points[at + 2] ?? 0,
              pythonNumber(points[at + 1] ?? Number.NaN),
            ]),
          )
        await appendFile(allPoints, lines.join(''))
      },
      artifact: (place, location) => copyBlob(location, path.join(directory, 'artifacts', runId, place)),
      end: async () => {},
      finish: async () => {},
    }
  },
}
