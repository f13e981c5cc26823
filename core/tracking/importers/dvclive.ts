import fs from 'node:fs'
import path from 'node:path'
import { parse } from 'yaml'
import { readTable } from './delimited.ts'
import type { FoundSourceRun, RunImporter, RunSink, RunSource } from './importer.ts'
import { isRecord, textOf } from './records.ts'
import { rowSeries } from './row-series.ts'
import { flattened, numberIn, paramText } from './values.ts'

const pictureOrData = /\.(png|jpe?g|gif|svg|html|json|csv|tsv|md)$/i

/** What lies in the folder of one run, relative to the source. */
interface RunFolder {
  folder: string
  metrics: string[]
  params: string[]
  series: string[]
  others: string[]
  /** Named by the dvc.yaml, but not here. */
  missing: string[]
}

/** The folders of DVCLive (`plots/metrics/*.tsv`, or `*.tsv` of old), and what a dvc.yaml names as metrics, params and plots. */
export const dvclive: RunImporter = {
  id: 'dvclive',
  title: 'DVC project or DVCLive folder',
  detects: (source) => source.isFolder && runFolders(source).length > 0,
  find: (source) => {
    const runs = runFolders(source).map((one): FoundSourceRun => {
      const name = one.folder === '.' ? source.name : one.folder
      return {
        origin: one.folder === '.' ? source.place : `${source.place}/${one.folder}`,
        name,
        experiment: source.name,
        read: (sink) => readRun(source, one, name, sink),
      }
    })
    return Promise.resolve({ runs, broken: [], notes: [] })
  },
}

const inFolder = (folder: string, file: string): boolean => folder === '.' || file.startsWith(`${folder}/`)

function runFolders(source: RunSource): RunFolder[] {
  const has = new Set(source.files)
  const live = new Set(
    source.files.flatMap((file) => {
      if (/(^|\/)plots\/metrics\/.+\.tsv$/.test(file))
        return path.posix.dirname(`${file.split(/(?:^|\/)plots\/metrics\//)[0] || '.'}/x`)
      return /(^|\/)dvclive\/[^/]+\.tsv$/.test(file) ? path.posix.dirname(file) : []
    }),
  )
  const folders = [...live].map((folder): RunFolder => liveFolder(source, has, folder))
  for (const file of source.files.filter((one) => /(^|\/)dvc\.yaml$/.test(one))) {
    const root = path.posix.dirname(file)
    const named = namedIn(source, root, file)
    // A project's DVCLive folder is its run: what dvc.yaml names beside it belongs to it.
    const own = folders.filter(({ folder }) => inFolder(root, folder))
    if (own.length === 1 && own[0]) {
      own[0].metrics.push(...named.metrics.filter((one) => !own[0]?.metrics.includes(one)))
      own[0].params.push(...named.params.filter((one) => !own[0]?.params.includes(one)))
    } else if (own.length === 0 && named.metrics.length + named.series.length + named.missing.length > 0)
      folders.push(named)
  }
  return folders
}

function liveFolder(source: RunSource, has: Set<string>, folder: string): RunFolder {
  const parent = path.posix.dirname(folder)
  const beside = (name: string) =>
    [path.posix.join(folder, name), path.posix.join(parent, name)].filter((file) => has.has(file)).slice(0, 1)
  const own = source.files.filter((file) => inFolder(folder, file))
  const series = own.filter((file) => /\.tsv$/.test(file))
  return {
    folder,
    metrics: beside('metrics.json'),
    params: beside('params.yaml'),
    series,
    missing: [],
    others: own.filter(
      (file) =>
        !series.includes(file) && pictureOrData.test(file) && !/(^|\/)(metrics|dvclive)\.json$/.test(file),
    ),
  }
}

/** The files that a dvc.yaml names, of those that are there. */
function namedIn(source: RunSource, root: string, file: string): RunFolder {
  const has = new Set(source.files)
  const found: RunFolder = { folder: root, metrics: [], params: [], series: [], others: [], missing: [] }
  let project: unknown
  try {
    project = parse(fs.readFileSync(path.join(source.root, file), 'utf8'))
  } catch {
    return found
  }
  if (!isRecord(project)) return found
  const stages = isRecord(project['stages']) ? Object.values(project['stages']) : []
  for (const part of [project, ...stages].filter(isRecord)) {
    for (const [list, name] of [
      [found.metrics, 'metrics'],
      [found.series, 'plots'],
    ] as const)
      for (const entry of namesIn(part[name])) {
        const place = path.posix.join(root, entry)
        const here = source.files.filter((one) => one === place || one.startsWith(`${place}/`))
        if (here.length === 0) found.missing.push(place)
        list.push(...here)
      }
  }
  const params = path.posix.join(root, 'params.yaml')
  if (has.has(params)) found.params.push(params)
  found.others = found.series.filter((one) => !/\.(tsv|csv)$/.test(one))
  found.series = found.series.filter((one) => /\.(tsv|csv)$/.test(one))
  return found
}

/** Names in a list of dvc.yaml: texts, or mappings of a name to its options. */
const namesIn = (list: unknown): string[] =>
  Array.isArray(list) ? list.flatMap((one) => (isRecord(one) ? Object.keys(one) : (textOf(one) ?? []))) : []

async function readRun(source: RunSource, run: RunFolder, name: string, sink: RunSink): Promise<void> {
  const read = <T>(file: string, as: (text: string) => T): T | undefined => {
    try {
      return as(fs.readFileSync(path.join(source.root, file), 'utf8'))
    } catch (cause) {
      sink.broken(file, cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause))
      return undefined
    }
  }
  const changed = [...run.series, ...run.metrics].map(
    (file) => fs.statSync(path.join(source.root, file)).mtimeMs,
  )
  const latest = Math.round(changed.reduce((a, b) => Math.max(a, b), 0))
  const metrics = new Map<string, Float64Array>()
  const times: number[] = []
  for (const file of run.series) {
    const table = read(file, readTable)
    if (!table) continue
    const found = rowSeries(table.columns, table.rows, 0)
    const inLive = /(?:^|\/)plots\/metrics\/(.+)\.tsv$/.exec(file)?.[1]
    for (const [column, series] of found.series)
      metrics.set(
        inLive ?? (found.series.size === 1 ? column : `${path.posix.basename(file)}/${column}`),
        series.points(),
      )
    for (const time of found.times) times.push(time)
  }
  for (const file of run.metrics)
    for (const [key, value] of flattened(
      read(file, (text): unknown => (file.endsWith('.json') ? JSON.parse(text) : parse(text))),
    )) {
      const number =
        typeof value === 'number' ? value : typeof value === 'string' ? numberIn(value) : undefined
      // The last value of a series stands in both.
      if (
        number !== undefined &&
        !metrics.has(key) &&
        !metrics.has(key.replaceAll('.', '/')) &&
        key !== 'step'
      )
        metrics.set(key, Float64Array.of(0, number, 0))
    }
  await sink.head({
    name,
    status: 'FINISHED',
    startTime: times.length > 0 ? times.reduce((a, b) => Math.min(a, b)) : latest || null,
    endTime: times.length > 0 ? times.reduce((a, b) => Math.max(a, b)) : latest || null,
  })
  const params: Record<string, string> = {}
  for (const file of run.params)
    for (const [key, value] of flattened(read(file, (text): unknown => parse(text))))
      params[key] = paramText(value)
  await sink.params(params)
  for (const file of run.missing)
    sink.broken(file, 'dvc.yaml names it, but it is not here: `dvc pull` may bring it')
  for (const [key, points] of metrics) await sink.points(key, points)
  for (const file of run.others)
    await sink.artifactFile(
      path.posix.relative(run.folder, file).replace(/^(\.\.\/)+/, ''),
      path.join(source.root, file),
    )
}
