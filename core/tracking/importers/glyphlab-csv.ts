import fs from 'node:fs'
import path from 'node:path'
import { parse } from 'csv-parse'
import { parse as parseAll } from 'csv-parse/sync'
import { runColumns } from '../exporters/csv.ts'
import { SeriesBuilder } from '../formats/series-columns.ts'
import { portableRun } from '../portable-run.ts'
import type { FoundSourceRuns, RunImporter } from './importer.ts'
import { readPortable } from './portable.ts'
import { numberIn } from './values.ts'

/** What the CSV exporter of runs writes. */
export const glyphlabCsv: RunImporter = {
  id: 'glyphlab-csv',
  title: 'Glyphlab export (CSV)',
  detects: ({ root, files }) =>
    files.includes('runs.csv') &&
    files.includes('points.csv') &&
    firstLine(path.join(root, 'runs.csv')) === runColumns.join(','),
  find: async (source) => {
    const found: FoundSourceRuns = { runs: [], broken: [], notes: [], experimentTags: {} }
    const rows = parseAll(fs.readFileSync(path.join(source.root, 'runs.csv'), 'utf8'), {
      columns: true,
    }) as Record<string, string>[]
    // One file holds the points of all: they are read when the first run is.
    let points: Promise<Map<string, Map<string, SeriesBuilder>>> | undefined
    for (const [at, row] of rows.entries()) {
      try {
        const run = portableRun.parse(portableRow(row))
        if (found.experimentTags && Object.keys(run.experimentTags).length > 0)
          found.experimentTags[run.experiment] = run.experimentTags
        const { id, name, experiment } = run
        found.runs.push({
          id,
          origin: id,
          name,
          experiment,
          async read(sink) {
            await readPortable(run, path.join(source.root, 'artifacts', id), sink)
            points ??= readPoints(path.join(source.root, 'points.csv'))
            for (const [key, series] of (await points).get(id) ?? []) await sink.points(key, series.points())
          },
        })
      } catch (cause) {
        found.broken.push({
          part: `runs.csv, row ${at + 2}`,
          reason: cause instanceof Error ? cause.message : String(cause),
        })
      }
    }
    return found
  },
}

function firstLine(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8').split('\n', 1)[0] ?? ''
  } catch {
    return ''
  }
}

function portableRow(row: Record<string, string>): unknown {
  const json = (key: string): unknown => JSON.parse(row[key] ?? 'null')
  const time = (key: string): number | null => (row[key] ? Number(row[key]) : null)
  return {
    id: row['run_id'],
    name: row['name'],
    experiment: row['experiment'],
    status: row['status'],
    lifecycle: row['lifecycle'],
    user: row['user'],
    startTime: time('start_time'),
    endTime: time('end_time'),
    params: json('params'),
    tags: json('tags'),
    inputs: json('inputs'),
    environment: json('environment'),
    experimentTags: json('experiment_tags'),
  }
}

async function readPoints(file: string): Promise<Map<string, Map<string, SeriesBuilder>>> {
  const all = new Map<string, Map<string, SeriesBuilder>>()
  const rows: AsyncIterable<string[]> = fs.createReadStream(file).pipe(parse({ from_line: 2 }))
  for await (const [id = '', key = '', step = '', time = '', value = ''] of rows) {
    const run = all.get(id) ?? new Map<string, SeriesBuilder>()
    all.set(id, run)
    const series = run.get(key) ?? new SeriesBuilder()
    run.set(key, series)
    series.add(Number(step), numberIn(value) ?? Number.NaN, Number(time))
  }
  return all
}
