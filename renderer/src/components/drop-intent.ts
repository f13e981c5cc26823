import { plural } from './format.ts'
import { runLogTitle } from './run-log-names.ts'

/** What was dropped or pasted, as far as names and types tell. */
export interface DroppedItem {
  name: string
  folder: boolean
  /** Media type as the system says it; '' when it doesn't know. */
  type: string
  /** Of a folder: some of the paths below it. */
  inside?: readonly string[]
  /** Of a table: whether it is a log of metrics over steps or times. */
  isLog?: boolean
  /** Whether it holds metrics of a service. */
  isMetrics?: boolean
}

/** What the app would do with it. The engine looks at the bytes; here only names and types can be seen. */
export type DropIntent =
  | { kind: 'read'; count: number }
  | { kind: 'classify'; count: number; reference: string }
  | { kind: 'import-folder'; name: string }
  | { kind: 'import-files'; name: string; count: number }
  | { kind: 'import-file'; name: string }
  | { kind: 'import-metrics'; name: string }
  | { kind: 'import-runs'; name: string; title: string }

const pictureName = /\.(png|jpe?g|jpe|jfif|gif|webp|bmp|tiff?|avif|heic|heif|pbm|pgm|ppm|pnm)$/i
const idxName = /(^|[-._])idx[1-4](-ubyte)?(\.gz)?$|-ubyte(\.gz)?$/i

export const isPicture = (item: DroppedItem): boolean =>
  !item.folder && (item.type.startsWith('image/') || pictureName.test(item.name))
export const isIdx = (item: DroppedItem): boolean => !item.folder && idxName.test(item.name)

const sourceName = /\.(zip|cbz|tar|tar\.gz|tgz|csv|tsv|jsonl)$/i
/** An archive or a table of labels. */
export const isSourceFile = (item: DroppedItem): boolean => !item.folder && sourceName.test(item.name)

const withoutExtension = (name: string): string => name.replace(/\.[^./]+$/, '')

/** The title of the runs that an item holds, as far as names and its first line tell; null for none. */
function runsIn(item: DroppedItem): string | null {
  if (item.isLog) return 'log of metrics'
  return runLogTitle(item.folder ? (item.inside ?? []) : [item.name])
}

const metricsFile = /\.(prom|metrics|om)$/i
/** A saved `/metrics`, an answer of Prometheus, or a folder of such. */
export const holdsMetrics = (item: DroppedItem): boolean =>
  item.folder
    ? (item.inside ?? []).some((path) => metricsFile.test(path))
    : item.isMetrics === true || metricsFile.test(item.name)

export const holdsRuns = (item: DroppedItem): boolean => runsIn(item) !== null

/** A dataset's name made of a folder's or file's name: without what the contract forbids in names. */
export function datasetNameFrom(name: string): string {
  const cleaned = name
    .replace(/[/@\\\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, 200)
  return cleaned || 'Dataset'
}

/**
 * What can be done with the items, the likeliest first. Empty when nothing can.
 * @param references models that can classify, e.g. `digits@champion`
 * @param place the first part of the address on view, e.g. `models`: there classifying comes first
 */
export function dropIntents(
  items: readonly DroppedItem[],
  references: readonly string[],
  place: string,
): DropIntent[] {
  const folders = items.filter((item) => item.folder)
  const idx = items.filter(isIdx)
  const pictures = items.filter(isPicture)
  const intents: DropIntent[] = []
  const logged = items.find(holdsRuns)
  if (logged) intents.push({ kind: 'import-runs', name: logged.name, title: runsIn(logged) ?? '' })
  const metrics = items.find(holdsMetrics)
  if (metrics) intents.push({ kind: 'import-metrics', name: metrics.name })
  for (const folder of folders) intents.push({ kind: 'import-folder', name: datasetNameFrom(folder.name) })
  if (idx.length > 0) {
    const name = datasetNameFrom(withoutExtension(idx[0]?.name.replace(/\.gz$/i, '') ?? ''))
    intents.push({ kind: 'import-files', name, count: idx.length })
  }
  const file = items.find(isSourceFile)
  if (file) intents.push({ kind: 'import-file', name: file.name })
  if (pictures.length > 0) {
    const classify = references.map<DropIntent>((reference) => ({
      kind: 'classify',
      count: pictures.length,
      reference,
    }))
    const read: DropIntent = { kind: 'read', count: pictures.length }
    intents.push(...(place === 'models' ? [...classify, read] : [read, ...classify]))
  }
  return intents
}

const these = (count: number, one: string): string =>
  count === 1 ? `this ${one}` : `these ${plural(count, one)}`

/** The intent in the person's words: `Read these 12 pictures`. */
export function intentLabel(intent: DropIntent): string {
  switch (intent.kind) {
    case 'read':
      return `Read ${these(intent.count, 'picture')}`
    case 'classify':
      return `Classify ${these(intent.count, 'picture')} with ${intent.reference}`
    case 'import-folder':
      return `Import the folder “${intent.name}” as a dataset`
    case 'import-file':
      return `Import “${intent.name}” as a dataset`
    case 'import-metrics':
      return `Import “${intent.name}” as metrics of a service`
    case 'import-runs':
      return `Import runs of “${intent.name}” (${intent.title})`
    case 'import-files':
      return `Import ${these(intent.count, 'IDX file')} as a dataset`
  }
}
