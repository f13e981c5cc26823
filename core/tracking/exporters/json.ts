import { appendFile } from 'node:fs/promises'
import path from 'node:path'
import { encodeJson } from '../../contract/index.ts'
import { toPortable } from '../portable-run.ts'
import { copyBlob, writeNew } from './export-files.ts'
import type { RunExporter } from './exporter.ts'

/** `<run>/run.json`, `<run>/points.jsonl` (a line: key, steps, values, times) and `<run>/artifacts/`. */
export const json: RunExporter = {
  id: 'json',
  title: 'JSON',
  description: 'A folder a run: run.json, points.jsonl with the series, and its files. Nothing is lost.',
  target: 'folder',
  open(directory) {
    let folder = directory
    return {
      async begin(run) {
        folder = path.join(directory, run.run.id)
        await writeNew(path.join(folder, 'run.json'), `${JSON.stringify(toPortable(run), null, 2)}\n`)
        await writeNew(path.join(folder, 'points.jsonl'), '')
      },
      async points(key, points) {
        const column = (place: number) =>
          Array.from({ length: points.length / 3 }, (_, at) => points[3 * at + place] ?? 0)
        const line = { key, steps: column(0), values: column(1), times: column(2) }
        await appendFile(path.join(folder, 'points.jsonl'), `${encodeJson(line)}\n`)
      },
      artifact: (place, location) => copyBlob(location, path.join(folder, 'artifacts', place)),
      end: async () => {},
      finish: async () => {},
    }
  },
}
