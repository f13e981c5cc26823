import { stat } from 'node:fs/promises'
import path from 'node:path'
import {
  BlobFiles,
  type BlobLocation,
  type PackedBlob,
  type ReferencedBlob,
  type StoredBlob,
  sha256Of,
} from '../blobs/blob-files.ts'
import {
  type Annotation,
  type DatasetVersion,
  GlyphlabError,
  type ImportReport,
  type JobProgress,
  type LabelCount,
  type Subset,
} from '../contract/index.ts'
import { isDiskFull, storageError } from '../domain/disk-full.ts'
import { type ImageInfo, inspectImage, pagePicture, readablePages, verifyImage } from '../imaging/image.ts'
import type {
  ImportedSample,
  ImportedTable,
  ImportInput,
  ImportResult,
  MergeBase,
} from './import-messages.ts'
import type { Candidate, Importer, ImportSource } from './importers/importer.ts'
import { chooseImporter } from './importers/index.ts'
import { nameList } from './importers/name-list.ts'
import { comparePaths, manifestDigest, sortLabels } from './manifest.ts'
import { mapLimited } from './map-limited.ts'
import { mergeSamples } from './merge-samples.ts'
import { type OpenedSource, openSource } from './open-source.ts'
import type { ScanResult } from './scan.ts'
import { followUnits, splitItems } from './split.ts'
import { storeRows } from './store-rows.ts'
import { columnsOfRows } from './tables/columns-of-rows.ts'
import { type DraftSample, readDraftSamples } from './transformations/draft-sample.ts'

/** Blobs up to this size go into a pack; larger ones are files of their own. */
const packedBytes = 256 * 1024
const maxFileBytes = 1024 ** 3
const batchSize = 256
const batchOfHashes = 5_000
const readsAtOnce = 8
/** A file with more pages is refused: at a second a page it would hold up everything else. */
const maxPages = 1_000
/** A table may repeat a hundred thousand rows: the quality check lists them all. */
const mostWarnings = 200
type Noun = 'picture' | 'row'
const noAnnotation: Annotation = { text: null, value: null, group: null, boxes: [] }

export interface ImportPort {
  progress(progress: JobProgress): void
  /** The hashes among these that the data folder holds already. */
  lookup(hashes: string[]): Promise<Set<string>>
  /** Where contents lie that the data folder holds, in the order of their hashes. */
  locate(hashes: string[]): Promise<BlobLocation[]>
  blobs(blobs: StoredBlob[]): void
  /** The source is read; its samples follow. */
  version(importer: string): void
  /** Resolves when they are on their way: a million samples do not wait in memory as messages. */
  samples(samples: ImportedSample[]): Promise<void>
  cancelled(): boolean
}

/** A sample that goes into the version. */
interface Accepted extends Annotation {
  path: string
  hash: string
  bytes: number
  label: string
  /** The subset that the source assigns. */
  given: Subset | null
  info: Pick<ImageInfo, 'width' | 'height' | 'mediaType'>
}

interface StoredPicture {
  path: string
  content: Buffer
  hash: string
  info: ImageInfo
}

async function readCandidate(candidate: Candidate): Promise<Omit<StoredPicture, 'path'>> {
  const content = await candidate.read()
  if (content.length > maxFileBytes)
    throw new GlyphlabError('UNREADABLE_FILE', `${candidate.path}: larger than 1 GB.`)
  const info = candidate.info ?? (await verifyImage(content, candidate.path))
  if (readablePages(info) > maxPages) {
    throw new GlyphlabError(
      'UNREADABLE_FILE',
      `${candidate.path}: it has ${info.pages} pages, more than ${maxPages}. Split it into several files.`,
    )
  }
  return { content, hash: sha256Of(content), info }
}

/** The identity of a page after the first, which keeps its file's own path. */
const pagePath = (file: string, page: number): string => `${file}#page=${page}`

/**
 * The pages after a file's first, one after the other, each as a picture file of its own. The first page is the file
 * itself: its bytes are kept, and a version made when only first pages were read stays the same.
 */
async function* furtherPages(
  { path: file }: Candidate,
  content: Buffer,
  info: ImageInfo,
  refused: ScanResult['refused'],
): AsyncGenerator<StoredPicture> {
  for (let page = 2; page <= readablePages(info); page++) {
    const name = pagePath(file, page)
    try {
      const picture = await pagePicture(content, name, page)
      yield { path: name, content: picture, hash: sha256Of(picture), info: await inspectImage(picture, name) }
    } catch (cause) {
      if (!(cause instanceof GlyphlabError)) throw cause
      refused.push({ path: name, reason: reasonOf(cause, name) })
    }
  }
}

function reasonOf(cause: unknown, path: string): string {
  if (cause instanceof GlyphlabError)
    return cause.message.startsWith(`${path}: `) ? cause.message.slice(path.length + 2) : cause.message
  const { code } = cause as NodeJS.ErrnoException
  return code === 'EACCES'
    ? 'may not be read (permission denied)'
    : `can't be read (${code ?? String(cause)})`
}

const cancelledImport = () =>
  new GlyphlabError('CANCELLED', 'The import was cancelled. Nothing of it was kept.')

/** Paths that are one and the same in NFC are one sample; the first counts. */
function withoutRepeats(candidates: readonly Candidate[], scan: ScanResult): Candidate[] {
  const paths = new Set<string>()
  return candidates.filter(({ path: file }) => {
    if (!paths.has(file)) {
      paths.add(file)
      return true
    }
    scan.refused.push({
      path: file,
      reason: 'another file has this name too (written with other Unicode characters)',
    })
    return false
  })
}

interface Stored {
  accepted: Accepted[]
  /** Pictures that were to be linked or referenced and could not be. */
  copied: number
}

async function storeAll(
  candidates: readonly Candidate[],
  { home, writer, storage }: ImportInput,
  scan: ScanResult,
  port: ImportPort,
): Promise<Stored> {
  let copied = 0
  const accepted: Accepted[] = []
  const seen = new Set<string>()
  const packed: PackedBlob[] = []
  const referenced: ReferencedBlob[] = []
  const startedAt = Date.now()
  const files = new BlobFiles(home, writer)
  const pack = files.createPack(writer)
  try {
    for (let start = 0; start < candidates.length; start += batchSize) {
      if (port.cancelled()) throw cancelledImport()
      const batch = candidates.slice(start, start + batchSize)
      const read = await mapLimited(batch, readsAtOnce, async (candidate) => {
        try {
          return { candidate, ...(await readCandidate(candidate)) }
        } catch (cause) {
          // The disk's fault, not the file's: it ends the import.
          if (isDiskFull(cause)) throw cause
          scan.refused.push({ path: candidate.path, reason: reasonOf(cause, candidate.path) })
          return null
        }
      })
      const good = read.filter((item) => item !== null)
      const known = await port.lookup(good.map(({ hash }) => hash).filter((hash) => !seen.has(hash)))
      const keep = async (candidate: Candidate, { path: file, content, hash, info }: StoredPicture) => {
        accepted.push({
          path: file,
          hash,
          bytes: content.length,
          label: candidate.label,
          ...noAnnotation,
          ...(typeof candidate.annotation === 'function'
            ? await candidate.annotation({ path: candidate.path, content, info })
            : candidate.annotation),
          given: candidate.subset,
          info,
        })
        if (seen.has(hash) || known.has(hash)) return
        seen.add(hash)
        if (storage === 'link' && candidate.file !== undefined) {
          if (await files.linkFile(candidate.file, { hash, bytes: content.length })) {
            port.blobs([{ hash, bytes: content.length }])
            return
          }
          copied += 1
        }
        if (storage === 'reference') {
          // A path that is no valid UTF-8 has no place in a record.
          if (typeof candidate.file === 'string') {
            const { mtimeMs } = await stat(candidate.file)
            const reference = path.resolve(candidate.file)
            referenced.push({ hash, bytes: content.length, reference, modifiedMs: mtimeMs })
            return
          }
          copied += 1
        }
        if (content.length <= packedBytes) packed.push(pack.append(hash, content))
        else port.blobs([await files.putBytes(content)])
      }
      for (const { candidate, ...file } of good) {
        await keep(candidate, { path: candidate.path, ...file })
        for await (const page of furtherPages(candidate, file.content, file.info, scan.refused)) {
          if (port.cancelled()) throw cancelledImport()
          for (const hash of await port.lookup(seen.has(page.hash) ? [] : [page.hash])) known.add(hash)
          // Text and boxes are those of the first page, and the file is no picture of this one.
          const { file: _, annotation, ...rest } = candidate
          // As for what a recipe makes of a sample: the group names that one, and both lie in one subset.
          const group = (typeof annotation === 'function' ? null : annotation?.group) ?? candidate.path
          await keep({ ...rest, annotation: { group } }, page)
        }
      }
      const done = start + batch.length
      const rate = done / Math.max(0.001, (Date.now() - startedAt) / 1000)
      port.progress({
        value: 0.2 + (done / candidates.length) * 0.7,
        message: `Importing picture ${done} of ${candidates.length}`,
        rate,
        rateUnit: 'pictures/s',
        remainingMs: ((candidates.length - done) / rate) * 1000,
      })
    }
    pack.finish()
  } catch (cause) {
    pack.discard()
    throw storageError(cause, files.root)
  }
  for (const blobs of [packed, referenced])
    for (let start = 0; start < blobs.length; start += 5_000) port.blobs(blobs.slice(start, start + 5_000))
  return { accepted, copied }
}

export function countLabels(
  labels: readonly string[],
  items: readonly { label: string }[],
  subsets: readonly Subset[],
): LabelCount[] {
  const counts = new Map(labels.map((label) => [label, { train: 0, validation: 0, test: 0 }]))
  for (const [index, { label }] of items.entries()) {
    const count = counts.get(label)
    if (count) count[subsets[index] ?? 'train'] += 1
  }
  return [...counts].map(([label, count]) => ({
    label,
    counts: count,
    total: count.train + count.validation + count.test,
  }))
}

export function findDuplicates(
  items: readonly Pick<Accepted, 'path' | 'hash' | 'label'>[],
  subsets: readonly Subset[],
): ImportReport['duplicates'] {
  // Most contents come once: a list is only kept of those that come again.
  const first = new Map<string, number>()
  const groups = new Map<string, number[]>()
  for (const [index, { hash }] of items.entries()) {
    const before = first.get(hash)
    if (before === undefined) first.set(hash, index)
    else groups.set(hash, [...(groups.get(hash) ?? [before]), index])
  }
  return [...groups]
    .sort(([, [a = 0]], [, [b = 0]]) => a - b)
    .map(([hash, indices]) => ({
      hash,
      paths: indices.map((index) => items[index]?.path ?? ''),
      labels: [...new Set(indices.map((index) => items[index]?.label ?? ''))],
      subsets: [...new Set(indices.map((index) => subsets[index] ?? 'train'))],
    }))
}

export function qualityWarnings(
  labels: readonly LabelCount[],
  duplicates: ImportReport['duplicates'],
  noun: Noun = 'picture',
): string[] {
  const warnings: string[] = []
  for (const { label, counts, total } of labels) {
    if (label === '') continue
    if (total === 1)
      warnings.push(
        `The class "${label}" has a single ${noun}${counts.train === 1 ? '; it stays in train' : ''}.`,
      )
    if (counts.train === 0)
      warnings.push(`The class "${label}" has no ${noun} in train: a model can't learn it.`)
  }
  for (const { paths, labels: classes, subsets } of duplicates) {
    if (subsets.length > 1)
      warnings.push(`Leakage: the same ${noun} lies in ${subsets.join(' and ')} (${nameList(paths)}).`)
    if (classes.length > 1)
      warnings.push(
        `Label conflict: the same ${noun} is labelled ${classes.map((label) => `"${label}"`).join(' and ')} (${nameList(paths)}).`,
      )
  }
  return warnings
}

/** Few or large groups can leave a subset empty that was asked for. */
function emptySubsetWarnings(
  wanted: Record<Subset, number>,
  counts: Record<Subset, number>,
  noun: Noun,
): string[] {
  const empty = (['validation', 'test'] as const).filter((name) => wanted[name] > 0 && counts[name] === 0)
  if (empty.length === 0) return []
  return [
    `No ${noun} is in ${empty.join(' or in ')}: a group (one document, one person) stays together, and there are too few groups to give one away. Add more, or split the version anew by another rule.`,
  ]
}

const extensionOf = (file: string): string =>
  path.posix
    .extname(file)
    .slice(1)
    .replace(/#page=\d+$/, '')
    .toLowerCase()

function countExtensions(imported: readonly string[], scan: ScanResult): ImportReport['byExtension'] {
  const counts: ImportReport['byExtension'] = {}
  const count = (file: string, outcome: 'imported' | 'refused' | 'ignored') => {
    const extension = extensionOf(file)
    counts[extension] ??= { imported: 0, refused: 0, ignored: 0 }
    counts[extension][outcome] += 1
  }
  for (const file of imported) count(file, 'imported')
  for (const { path: file } of scan.refused) count(file, 'refused')
  for (const file of scan.ignored) count(file, 'ignored')
  return counts
}

interface SplitItems {
  kind: DatasetVersion['split']['kind']
  subsets: Subset[]
}

/** What is there keeps its subset; a new picture goes where an equal one is, or another of its group; the others are split. */
function splitMerged(items: Accepted[], base: readonly DraftSample[], input: ImportInput): SplitItems {
  const byPath = new Map(base.map((sample) => [`${sample.path}\n${sample.hash}`, sample.subset]))
  const byHash = new Map(base.map(({ hash, subset }) => [hash, subset]))
  const known = followUnits(
    items,
    items.map(({ path: file, hash, given }) => byPath.get(`${file}\n${hash}`) ?? given ?? byHash.get(hash)),
  )
  const fresh = items.filter((_, index) => known[index] === undefined)
  const { kind, subsets } = splitItems(fresh, input)
  const drawn = subsets.values()
  return { kind, subsets: known.map((subset) => subset ?? drawn.next().value ?? 'train') }
}

/**
 * Reads a source, stores its pictures and reports the samples of a new version in canonical order. Bad files are
 * refused by name and the rest goes on.
 * @throws GlyphlabError INVALID_INPUT when nothing can be imported; DISK_FULL; CANCELLED; CONFLICT for a merge that was
 * to fail on one. Nothing is kept then.
 */
export async function importDataset(input: ImportInput, port: ImportPort): Promise<ImportResult> {
  const startedAt = Date.now()
  const opened = await openSource({ ...input, purpose: 'import' }, port)
  try {
    return await importSource(input, opened, startedAt, port)
  } catch (cause) {
    throw cause instanceof GlyphlabError
      ? new GlyphlabError(cause.code, opened.nameFiles(cause.message), cause.details, { cause })
      : cause
  } finally {
    await opened.remove()
  }
}

async function importSource(
  input: ImportInput,
  { source, temporary }: OpenedSource,
  startedAt: number,
  port: ImportPort,
): Promise<ImportResult> {
  const { scan } = source
  const importer = chooseImporter(source, input.importer)
  if (input.merge) refuseMixture(input.merge, importer)
  const {
    accepted,
    table: added,
    named,
    warnings,
  } = await storeSamples(importer, source, temporary, input, port)
  const noun: Noun = added ? 'row' : 'picture'
  const base = input.merge && (await readDraftSamples(input.merge.samplesFile))
  const merged =
    input.merge &&
    mergeSamples((base ?? []).map(fromBase), accepted, { onConflict: input.merge.onConflict, noun, named })
  if (merged) warnings.push(...merged.warnings)
  const items = merged?.items ?? accepted
  sortByPath(items)
  const { kind, subsets } = base ? splitMerged(items, base, input) : splitItems(items, input)
  const table = added && base ? await mergedTable(added, items, port) : added
  const labels = sortLabels(items.map(({ label }) => label))
  const labelCounts = countLabels(labels, items, subsets)
  const duplicates = findDuplicates(items, subsets)
  port.version(importer.id)
  await sendSamples(items, subsets, labels, port)
  const counts = { train: 0, validation: 0, test: 0 }
  for (const subset of subsets) counts[subset] += 1
  return {
    importer: importer.id,
    digest: manifestDigest(items),
    sampleCount: items.length,
    bytes: items.reduce((sum, { bytes }) => sum + bytes, 0),
    labels: labelCounts,
    split: { name: 'default', kind, seed: input.seed, fractions: input.fractions, counts },
    report: {
      scanned: accepted.length + scan.refused.length + scan.ignored.length,
      imported: accepted.length,
      refused: scan.refused.sort((a, b) => comparePaths(a.path, b.path)),
      ignored: scan.ignored,
      // Rows have no extensions.
      byExtension: table
        ? {}
        : countExtensions(
            accepted.map(({ path: file }) => file),
            scan,
          ),
      duplicates: duplicates.slice(0, 1_000),
      warnings: [
        ...warnings,
        ...(kind === 'grouped' ? emptySubsetWarnings(input.fractions, counts, noun) : []),
        ...qualityWarnings(labelCounts, duplicates, noun).slice(0, mostWarnings),
      ],
      durationMs: Date.now() - startedAt,
    },
    table,
  }
}

/** Rows come in the order of their paths mostly: looking is faster than sorting. */
function sortByPath(items: Accepted[]): void {
  const sorted = items.every(
    (item, index) => index === 0 || comparePaths(items[index - 1]?.path ?? '', item.path) <= 0,
  )
  if (!sorted) items.sort((a, b) => comparePaths(a.path, b.path))
}

interface StoredSamples {
  accepted: Accepted[]
  /** Null: they are pictures. */
  table: ImportedTable | null
  /** Whether a path is a name, and no number of a row. */
  named: boolean
  warnings: string[]
}

/** Stores what the importer finds: the rows of a table, or pictures. @throws GlyphlabError INVALID_INPUT when there is none */
async function storeSamples(
  importer: Importer,
  source: ImportSource,
  temporary: boolean,
  input: ImportInput,
  port: ImportPort,
): Promise<StoredSamples> {
  const { scan } = source
  if (importer.rows) {
    // What lies beside a table that was chosen is no part of it.
    if (source.chosen !== undefined) scan.refused.length = 0
    const rows = await importer.rows(source, input.merge?.table ?? null)
    const { accepted, table } = await storeRows(rows, input, scan, port)
    const copied =
      input.storage === 'copy' ? [] : ['The rows were copied: a row has no file of its own to refer to.']
    if (accepted.length > 0)
      return { accepted, table, named: rows.named, warnings: [...rows.warnings(), ...copied] }
    const [bad] = scan.refused
    throw new GlyphlabError(
      'INVALID_INPUT',
      `None of the ${rows.rowCount} rows in ${input.root} can be imported (${bad?.path}: ${bad?.reason}).`,
    )
  }
  const { candidates, warnings, laterWarnings } = await importer.plan(source)
  const wanted = withoutRepeats(candidates, scan)
  const { accepted, copied } = await storeAll(
    // What was unpacked goes when the import ends.
    temporary ? wanted.map(({ file: _, ...candidate }) => candidate) : wanted,
    input,
    scan,
    port,
  )
  if (accepted.length === 0) {
    const bad = scan.refused[0]
    throw new GlyphlabError(
      'INVALID_INPUT',
      `None of the ${candidates.length} files in ${input.root} is a picture that can be decoded${bad ? ` (${bad.path}: ${bad.reason})` : ''}.`,
    )
  }
  if (copied > 0)
    warnings.push(
      input.storage === 'link'
        ? `${copied} pictures were copied: they lie on another disk than the data folder, or it has no links.`
        : `${copied} ${copied === 1 ? 'picture was' : 'pictures were'} copied: what comes out of an archive, a page of a document or another file that holds several pictures has no file of its own to refer to.`,
    )
  return { accepted, table: null, named: true, warnings: [...warnings, ...(laterWarnings?.() ?? [])] }
}

/** @throws GlyphlabError UNSUPPORTED before anything is read, when one has rows and the other pictures */
function refuseMixture({ table }: MergeBase, importer: Importer): void {
  if ((table === null) === (importer.rows === undefined)) return
  throw new GlyphlabError(
    'UNSUPPORTED',
    `${table ? 'This dataset is a table' : 'This dataset has pictures'}: the rows of a table and pictures do not lie in one version. Import the source as a dataset of another name.`,
  )
}

/** The columns over all rows, those that were there and those that came. */
async function mergedTable(
  { target, columns }: ImportedTable,
  items: readonly Accepted[],
  port: ImportPort,
): Promise<ImportedTable> {
  const rows: { hash: string; location: BlobLocation }[] = []
  for (let start = 0; start < items.length; start += batchOfHashes) {
    if (port.cancelled()) throw cancelledImport()
    const hashes = items.slice(start, start + batchOfHashes).map(({ hash }) => hash)
    for (const [place, location] of (await port.locate(hashes)).entries())
      rows.push({ hash: hashes[place] ?? '', location })
  }
  return {
    target,
    columns: await columnsOfRows(rows, new Map(columns.map(({ name, kind }) => [name, kind]))),
  }
}

const fromBase = ({ width, height, mediaType, ...sample }: DraftSample): Accepted => ({
  path: sample.path,
  hash: sample.hash,
  bytes: sample.bytes,
  label: sample.label,
  text: sample.text,
  value: sample.value,
  group: sample.group,
  boxes: sample.boxes,
  given: null,
  info: { width, height, mediaType },
})

async function sendSamples(
  items: readonly Accepted[],
  subsets: readonly Subset[],
  labels: readonly string[],
  port: ImportPort,
): Promise<void> {
  const labelIndex = new Map(labels.map((label, index) => [label, index]))
  for (let start = 0; start < items.length; start += 5_000) {
    await port.samples(
      items
        .slice(start, start + 5_000)
        .map(({ path: file, hash, label, text, value, group, boxes, info }, index) => ({
          path: file,
          hash,
          text,
          value,
          group,
          boxes,
          label: labelIndex.get(label) ?? 0,
          subset: subsets[start + index] ?? 'train',
          width: info.width,
          height: info.height,
          mediaType: info.mediaType,
        })),
    )
  }
}
