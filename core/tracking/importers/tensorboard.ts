import fs from 'node:fs'
import path from 'node:path'
import { readRecords } from '../formats/tf-records.ts'
import { type PortableRun, portableRun } from '../portable-run.ts'
import { EventReader } from './event-reader.ts'
import type { FoundSourceRun, RunImporter, RunSink, RunSource } from './importer.ts'
import { readPortable } from './portable.ts'

const isEventFile = (file: string): boolean => path.posix.basename(file).includes('tfevents')
/** Who wrote within this time may still be writing. */
const liveMs = 120_000
/** So many points are handed on at once. */
const pointsAtOnce = 100_000

/** TensorBoard's event files: each folder that holds some is a run, named by its place. */
export const tensorboard: RunImporter = {
  id: 'tensorboard',
  title: 'TensorBoard log',
  detects: ({ files, isFolder, root }) => (isFolder ? files.some(isEventFile) : isEventFile(root)),
  find: (source) => {
    const folders = new Map<string, string[]>()
    const files = source.isFolder ? source.files.filter(isEventFile) : ['']
    for (const file of files) {
      const folder = source.isFolder ? path.posix.dirname(file) : '.'
      folders.set(folder, [...(folders.get(folder) ?? []), file])
    }
    const runs = [...folders].map(([folder, own]): FoundSourceRun => {
      const exported = exportedRun(path.join(source.root, own[0] ?? ''))
      if (exported) {
        const { id, name, experiment } = exported
        const artifacts = path.join(source.root, source.isFolder ? folder : '..', 'artifacts')
        const read = async (sink: RunSink) => {
          await readPortable(exported, artifacts, sink)
          await handOn(readEvents(source, own, sink).reader, sink)
        }
        return { id, origin: id, name, experiment, read }
      }
      const name = folder === '.' ? source.name : folder
      return {
        origin: folder === '.' ? source.place : `${source.place}/${folder}`,
        name,
        experiment: source.name,
        read: (sink) => readRun(source, own, name, sink),
      }
    })
    return Promise.resolve({ runs, broken: [], notes: [] })
  },
}

/** The run that a log which was written here says that it is; undefined for any other. */
function exportedRun(file: string): PortableRun | undefined {
  if (!path.basename(file).endsWith('.glyphlab')) return undefined
  const reader = new EventReader()
  let records = 0
  try {
    for (const { bytes, start, end } of readRecords(file, () => {})) {
      reader.read(bytes, start, end)
      if (reader.exported !== undefined || ++records > 2) break
    }
    return reader.exported === undefined ? undefined : portableRun.parse(JSON.parse(reader.exported))
  } catch {
    return undefined
  }
}

function readEvents(
  source: RunSource,
  files: string[],
  sink: RunSink,
): { reader: EventReader; newest: number } {
  const reader = new EventReader()
  let newest = 0
  for (const file of files) {
    const place = file === '' ? source.root : path.join(source.root, file)
    const part = file === '' ? source.name : file
    try {
      newest = Math.max(newest, fs.statSync(place).mtimeMs)
      const records = readRecords(place, (reason) => sink.broken(part, reason))
      for (const { bytes, start, end } of records) {
        try {
          reader.read(bytes, start, end)
        } catch (cause) {
          if (!(cause instanceof RangeError)) throw cause
          sink.broken(part, `an event can't be understood: ${cause.message}`)
        }
      }
    } catch (cause) {
      sink.broken(part, cause instanceof Error ? cause.message : String(cause))
    }
  }
  return { reader, newest }
}

async function readRun(source: RunSource, files: string[], name: string, sink: RunSink): Promise<void> {
  const { reader, newest } = readEvents(source, files, sink)
  const isLive = Date.now() - newest < liveMs
  const status = reader.status ?? (isLive ? 'RUNNING' : 'FINISHED')
  await sink.head({
    name,
    status,
    startTime: reader.firstTime,
    endTime: status === 'RUNNING' ? null : reader.lastTime,
  })
  await sink.params(reader.params)
  await sink.tags(reader.tags)
  await handOn(reader, sink)
}

async function handOn(reader: EventReader, sink: RunSink): Promise<void> {
  for (const [key, series] of reader.series) {
    const points = series.points()
    for (let from = 0; from < points.length; from += 3 * pointsAtOnce)
      await sink.points(key, points.subarray(from, from + 3 * pointsAtOnce))
  }
  for (const { path: place, content } of reader.files) await sink.artifact(place, content)
  for (const [place, lines] of reader.lines)
    await sink.artifact(place, Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join('')))
}
