import fs from 'node:fs'
import path from 'node:path'
import type { RunStatus } from '../../contract/index.ts'
import { ProtoReader } from '../../domain/protobuf.ts'
import { isWandbLog, readWandbLog } from '../formats/leveldb-log.ts'
import { SeriesBuilder } from '../formats/series-columns.ts'
import { filesIn } from './files-below.ts'
import type { FoundSourceRun, RunImporter, RunSink, RunSource } from './importer.ts'
import { isRecord } from './records.ts'
import { flattened, paramText } from './values.ts'

const isLog = (file: string): boolean => file.endsWith('.wandb')

/** W&B's runs as they lie on the disk: `wandb/(offline-)run-*\/run-<id>.wandb`, with `files/` beside it. */
export const wandb: RunImporter = {
  id: 'wandb',
  title: 'W&B run folder',
  detects: ({ isFolder, root, files }) =>
    isFolder
      ? files.some((file) => isLog(file) && beginsAsLog(path.join(root, file)))
      : isLog(root) && beginsAsLog(root),
  find: (source) => {
    const logs = source.isFolder ? source.files.filter(isLog) : ['']
    const broken: { part: string; reason: string }[] = []
    const runs = logs.flatMap((log): FoundSourceRun[] => {
      const file = log === '' ? source.root : path.join(source.root, log)
      if (!beginsAsLog(file)) {
        broken.push({ part: log, reason: 'it does not begin as a W&B log does' })
        return []
      }
      return [foundRun(source, file, log)]
    })
    return Promise.resolve({ runs, broken, notes: [] })
  },
}

function beginsAsLog(file: string): boolean {
  try {
    const handle = fs.openSync(file, 'r')
    try {
      const head = Buffer.alloc(7)
      fs.readSync(handle, head, 0, head.length, 0)
      return isWandbLog(head)
    } finally {
      fs.closeSync(handle)
    }
  } catch {
    return false
  }
}

/** What W&B's RunRecord says. */
interface RunFacts {
  id: string
  entity: string
  project: string
  group: string
  jobType: string
  name: string
  notes: string
  tags: string[]
  host: string
  startTime: number | null
  remote: string
  commit: string
}

interface WandbRun {
  run: RunFacts
  config: Map<string, unknown>
  summary: Map<string, unknown>
  series: Map<string, SeriesBuilder>
  system: Map<string, SeriesBuilder>
  /** Of what is no number: lines of `history.jsonl`. */
  history: string[]
  output: string[]
  exitCode: number | null
  lastTime: number | null
  step: number
}

function foundRun(source: RunSource, file: string, log: string): FoundSourceRun {
  const facts = firstFacts(file)
  const folder = path.basename(path.dirname(file))
  const id = facts?.id || path.basename(file, '.wandb').replace(/^run-/, '')
  const project = facts?.project || (log === '' ? 'wandb' : source.name)
  return {
    // Ids are unique within a project only.
    origin: `${facts?.entity ?? ''}/${facts?.project ?? ''}/${id}/${/\d{8}_\d{6}/.exec(folder)?.[0] ?? ''}`,
    name: facts?.name || id,
    experiment: project,
    read: (sink) => readRun(file, id, facts?.name || id, sink),
  }
}

function firstFacts(file: string): RunFacts | undefined {
  for (const record of readWandbLog(file, () => {})) {
    try {
      const reader = new ProtoReader(record)
      while (reader.next()) {
        if (reader.field === 17) return runFacts(reader.message(), new Map())
        reader.skip()
      }
    } catch {
      // Named when the run is read.
    }
  }
  return undefined
}

async function readRun(file: string, id: string, name: string, sink: RunSink): Promise<void> {
  const found: WandbRun = {
    run: emptyFacts(),
    config: new Map(),
    summary: new Map(),
    series: new Map(),
    system: new Map(),
    history: [],
    output: [],
    exitCode: null,
    lastTime: null,
    step: 0,
  }
  const part = path.basename(file)
  for (const record of readWandbLog(file, (reason) => sink.broken(part, reason))) {
    try {
      takeRecord(found, new ProtoReader(record))
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause
      sink.broken(part, `a record can't be understood: ${cause.message}`)
    }
  }
  const { run, exitCode, lastTime } = found
  const status: RunStatus = exitCode === null ? 'KILLED' : exitCode === 0 ? 'FINISHED' : 'FAILED'
  await sink.head({ name, status, startTime: run.startTime, endTime: lastTime, user: run.entity })
  await sink.params(Object.fromEntries(configParams(found.config)))
  await sink.tags(tagsOf(found, id))
  for (const [key, series] of [...found.series, ...found.system]) await sink.points(key, series.points())
  await handOnFiles(found, path.join(path.dirname(file), 'files'), sink)
}

async function handOnFiles(found: WandbRun, folder: string, sink: RunSink): Promise<void> {
  const files = filesIn(folder)
  for (const file of files) await sink.artifactFile(file, path.join(folder, file))
  const has = new Set(files)
  if (found.output.length > 0 && !has.has('output.log'))
    await sink.artifact('output.log', Buffer.from(found.output.join('')))
  if (found.history.length > 0)
    await sink.artifact('history.jsonl', Buffer.from(`${found.history.join('\n')}\n`))
  if (found.summary.size > 0 && !has.has('wandb-summary.json'))
    await sink.artifact('wandb-summary.json', Buffer.from(JSON.stringify(nested(found.summary), null, 2)))
}

function tagsOf({ run, summary, series }: WandbRun, id: string): Record<string, string> {
  const tags: Record<string, string> = { 'wandb.id': id }
  const add = (key: string, value: string) => {
    if (value !== '') tags[key] = value
  }
  add('wandb.project', run.project)
  add('wandb.group', run.group)
  add('wandb.job_type', run.jobType)
  add('wandb.host', run.host)
  add('mlflow.note.content', run.notes)
  add('mlflow.source.git.repoURL', run.remote)
  add('mlflow.source.git.commit', run.commit)
  for (const tag of run.tags) add(`wandb.tag.${tag}`, 'true')
  // A summary that the history does not have: what a script set by hand.
  for (const [key, value] of summary)
    if (!key.startsWith('_') && !series.has(key) && typeof value !== 'object' && !isPartOfMedia(summary, key))
      add(`wandb.summary.${key}`, paramText(value))
  return tags
}

/** A picture or histogram comes as `hist._type`, `hist.values`, ... */
const isPartOfMedia = (summary: Map<string, unknown>, key: string): boolean =>
  summary.has(`${key.slice(0, key.lastIndexOf('.'))}._type`)

function configParams(config: Map<string, unknown>): [string, string][] {
  return [...config]
    .filter(([key]) => key !== '_wandb' && !key.startsWith('_wandb.'))
    .flatMap(([key, value]) => flattened(value, key))
    .map(([key, value]) => [key, paramText(value)])
}

const nested = (pairs: Map<string, unknown>): Record<string, unknown> => Object.fromEntries(pairs)

const emptyFacts = (): RunFacts => ({
  id: '',
  entity: '',
  project: '',
  group: '',
  jobType: '',
  name: '',
  notes: '',
  tags: [],
  host: '',
  startTime: null,
  remote: '',
  commit: '',
})

/** Messages as in W&B's wandb_internal.proto. */
function takeRecord(found: WandbRun, record: ProtoReader): void {
  while (record.next()) {
    switch (record.field) {
      case 2:
        takeHistory(found, record.message())
        break
      case 3:
        takeItems(record.message(), 1, found.summary)
        break
      case 5:
        takeItems(record.message(), 1, found.config)
        break
      case 7:
        takeStats(found, record.message())
        break
      case 4:
      case 13:
        takeOutput(found, record.message())
        break
      case 17: {
        const facts = runFacts(record.message(), found.config)
        found.run = facts
        break
      }
      case 18: {
        const exit = record.message()
        found.exitCode = 0
        while (exit.next()) {
          if (exit.field === 1) found.exitCode = exit.int()
          else exit.skip()
        }
        break
      }
      default:
        record.skip()
    }
  }
}

function timestampOf(reader: ProtoReader): number {
  let [seconds, nanos] = [0, 0]
  while (reader.next()) {
    if (reader.field === 1) seconds = reader.int()
    else if (reader.field === 2) nanos = reader.int()
    else reader.skip()
  }
  return Math.round(seconds * 1_000 + nanos / 1e6)
}

function runFacts(reader: ProtoReader, config: Map<string, unknown>): RunFacts {
  const facts = emptyFacts()
  const texts: Record<number, (text: string) => void> = {
    1: (text) => {
      facts.id = text
    },
    2: (text) => {
      facts.entity = text
    },
    3: (text) => {
      facts.project = text
    },
    6: (text) => {
      facts.group = text
    },
    7: (text) => {
      facts.jobType = text
    },
    8: (text) => {
      facts.name = text
    },
    9: (text) => {
      facts.notes = text
    },
    10: (text) => {
      facts.tags.push(text)
    },
    13: (text) => {
      facts.host = text
    },
  }
  while (reader.next()) {
    const take = texts[reader.field]
    if (take) take(reader.text())
    else if (reader.field === 4) takeItems(reader.message(), 1, config)
    else if (reader.field === 17) facts.startTime = timestampOf(reader.message())
    else if (reader.field === 21) {
      const git = reader.message()
      while (git.next()) {
        if (git.field === 1) facts.remote = git.text()
        else if (git.field === 2) facts.commit = git.text()
        else git.skip()
      }
    } else reader.skip()
  }
  return facts
}

/** An item of a history, summary, config or stats record: its key, nested or not, and its value as JSON. */
function itemOf(reader: ProtoReader): { key: string; value: unknown } {
  let key = ''
  const nestedKey: string[] = []
  let json = 'null'
  while (reader.next()) {
    if (reader.field === 1) key = reader.text()
    else if (reader.field === 2) nestedKey.push(reader.text())
    else if (reader.field === 16) json = reader.text()
    else reader.skip()
  }
  return { key: key || nestedKey.join('.'), value: valueIn(json) }
}

/** JSON as Python writes it: NaN and the infinities too. */
function valueIn(json: string): unknown {
  if (json === 'NaN' || json === '"NaN"') return Number.NaN
  if (json === 'Infinity' || json === '"Infinity"') return Number.POSITIVE_INFINITY
  if (json === '-Infinity' || json === '"-Infinity"') return Number.NEGATIVE_INFINITY
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}

function takeItems(reader: ProtoReader, field: number, into: Map<string, unknown>): void {
  while (reader.next()) {
    if (reader.field !== field) {
      reader.skip()
      continue
    }
    const { key, value } = itemOf(reader.message())
    into.set(key, value)
  }
}

function takeHistory(found: WandbRun, reader: ProtoReader): void {
  const row = new Map<string, unknown>()
  let step: number | undefined
  while (reader.next()) {
    if (reader.field === 1) {
      const { key, value } = itemOf(reader.message())
      row.set(key, value)
    } else if (reader.field === 2) {
      const inner = reader.message()
      step = 0
      while (inner.next()) {
        if (inner.field === 1) step = inner.int()
        else inner.skip()
      }
    } else reader.skip()
  }
  const own = row.get('_step')
  const at = typeof own === 'number' ? own : (step ?? found.step)
  found.step = at + 1
  const seconds = row.get('_timestamp')
  const time = typeof seconds === 'number' ? Math.round(seconds * 1_000) : (found.run.startTime ?? 0)
  if (time > (found.lastTime ?? 0)) found.lastTime = time
  const rest: Record<string, unknown> = {}
  for (const [key, value] of row) {
    if (key === '_step' || key === '_timestamp' || key === '_runtime') continue
    for (const [name, inner] of isMedia(value) ? [[key, value] as const] : flattened(value, key)) {
      if (typeof inner === 'number') seriesOf(found.series, name).add(Math.round(at), inner, time)
      else if (typeof inner === 'boolean')
        seriesOf(found.series, name).add(Math.round(at), Number(inner), time)
      else rest[name] = inner
    }
  }
  if (Object.keys(rest).length > 0) found.history.push(JSON.stringify({ _step: at, ...rest }))
}

/** Pictures, tables and histograms say what they are: `{"_type": "image-file", "path": ...}`. */
const isMedia = (value: unknown): boolean => isRecord(value) && '_type' in value

function seriesOf(all: Map<string, SeriesBuilder>, key: string): SeriesBuilder {
  const known = all.get(key)
  if (known) return known
  const series = new SeriesBuilder()
  all.set(key, series)
  return series
}

function takeStats(found: WandbRun, reader: ProtoReader): void {
  let time = 0
  const items: { key: string; value: unknown }[] = []
  while (reader.next()) {
    if (reader.field === 2) time = timestampOf(reader.message())
    else if (reader.field === 3) items.push(itemOf(reader.message()))
    else reader.skip()
  }
  for (const { key, value } of items) {
    if (typeof value !== 'number') continue
    const series = seriesOf(found.system, `system/${key}`)
    series.add(series.length, value, time)
  }
  if (time > (found.lastTime ?? 0)) found.lastTime = time
}

function takeOutput(found: WandbRun, reader: ProtoReader): void {
  while (reader.next()) {
    if (reader.field === 3) found.output.push(reader.text())
    else reader.skip()
  }
}
