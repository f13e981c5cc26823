import { stat } from 'node:fs/promises'
import path from 'node:path'
import { BlobFiles, type PackedBlob, sha256Of } from '../blobs/blob-files.ts'
import {
  type Annotation,
  GlyphlabError,
  type ImportReport,
  type JobProgress,
  type LabelCount,
  type Subset,
} from '../contract/index.ts'
import { isDiskFull, storageError } from '../domain/disk-full.ts'
import { type ImageInfo, verifyImage } from '../imaging/image.ts'
import type { ImportedSample, ImportInput, ImportResult } from './import-messages.ts'
import type { Candidate } from './importers/importer.ts'
import { chooseImporter } from './importers/index.ts'
import { comparePaths, manifestDigest, sortLabels } from './manifest.ts'
import { type ScanResult, scanFolder } from './scan.ts'
import { splitItems } from './split.ts'

/** Blobs up to this size go into a pack; larger ones are files of their own. */
const packedBytes = 256 * 1024
const maxFileBytes = 1024 ** 3
const batchSize = 256
const readsAtOnce = 8
const noAnnotation: Annotation = { text: null, value: null, group: null, boxes: [] }

export interface ImportPort {
  progress(progress: JobProgress): void
  /** The hashes among these that the data folder holds already. */
  lookup(hashes: string[]): Promise<Set<string>>
  blobs(blobs: ({ hash: string; bytes: number } | PackedBlob)[]): void
  samples(samples: ImportedSample[]): void
  cancelled(): boolean
}

interface Accepted extends Annotation {
  path: string
  hash: string
  bytes: number
  label: string
  given: Subset | null
  info: ImageInfo
}

async function scanSource(root: string): Promise<ScanResult> {
  let facts: Awaited<ReturnType<typeof stat>>
  try {
    facts = await stat(root)
  } catch {
    throw new GlyphlabError('NOT_FOUND', `${root} does not exist, or may not be read. Check the path.`)
  }
  if (facts.isDirectory()) return scanFolder(root)
  const folder = await scanFolder(path.dirname(root))
  const name = path.basename(root)
  // A single file is an IDX file with its labels beside it: nothing else in the folder is meant.
  const stem = name.toLowerCase().replace(/(images|labels)[-_.]idx[13]/, '')
  const same = (file: string) =>
    file
      .toLowerCase()
      .replace(/\.gz$/, '')
      .replace(/(images|labels)[-_.]idx[13]/, '') === stem.replace(/\.gz$/, '')
  return {
    files: folder.files.filter((file) => !file.path.includes('/') && same(file.path)),
    ignored: [],
    refused: [],
    emptyFolders: [],
  }
}

async function readCandidate(
  candidate: Candidate,
): Promise<{ content: Buffer; hash: string; info: ImageInfo }> {
  const content = await candidate.read()
  if (content.length > maxFileBytes)
    throw new GlyphlabError('UNREADABLE_FILE', `${candidate.path}: larger than 1 GB.`)
  const info = candidate.info ?? (await verifyImage(content, candidate.path))
  return { content, hash: sha256Of(content), info }
}

export async function mapLimited<T, R>(
  items: readonly T[],
  limit: number,
  task: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array(items.length)
  let next = 0
  const lane = async () => {
    while (next < items.length) {
      const index = next++
      results[index] = await task(items[index] as T)
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane))
  return results
}

function reasonOf(cause: unknown, path: string): string {
  if (cause instanceof GlyphlabError)
    return cause.message.startsWith(`${path}: `) ? cause.message.slice(path.length + 2) : cause.message
  const { code } = cause as NodeJS.ErrnoException
  return code === 'EACCES'
    ? 'may not be read (permission denied)'
    : `can't be read (${code ?? String(cause)})`
}

async function storeAll(
  candidates: readonly Candidate[],
  { home, writer }: ImportInput,
  scan: ScanResult,
  port: ImportPort,
): Promise<Accepted[]> {
  const accepted: Accepted[] = []
  const seen = new Set<string>()
  const packed: PackedBlob[] = []
  const startedAt = Date.now()
  const files = new BlobFiles(home, writer)
  const pack = files.createPack(writer)
  try {
    for (let start = 0; start < candidates.length; start += batchSize) {
      if (port.cancelled())
        throw new GlyphlabError('CANCELLED', 'The import was cancelled. Nothing of it was kept.')
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
      for (const { candidate, content, hash, info } of good) {
        accepted.push({
          path: candidate.path,
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
        if (seen.has(hash) || known.has(hash)) continue
        seen.add(hash)
        if (content.length <= packedBytes) packed.push(pack.append(hash, content))
        else port.blobs([await files.putBytes(content)])
      }
      const done = start + batch.length
      const rate = done / Math.max(0.001, (Date.now() - startedAt) / 1000)
      port.progress({
        value: (done / candidates.length) * 0.9,
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
  for (let start = 0; start < packed.length; start += 5_000) port.blobs(packed.slice(start, start + 5_000))
  return accepted
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
  const groups = new Map<string, number[]>()
  for (const [index, { hash }] of items.entries()) {
    const group = groups.get(hash)
    if (group) group.push(index)
    else groups.set(hash, [index])
  }
  return [...groups]
    .filter(([, indices]) => indices.length > 1)
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
): string[] {
  const warnings: string[] = []
  for (const { label, counts, total } of labels) {
    if (label === '') continue
    if (total === 1)
      warnings.push(
        `The class "${label}" has a single picture${counts.train === 1 ? '; it stays in train' : ''}.`,
      )
    if (counts.train === 0)
      warnings.push(`The class "${label}" has no picture in train: a model can't learn it.`)
  }
  for (const { paths, labels: classes, subsets } of duplicates) {
    if (subsets.length > 1)
      warnings.push(`Leakage: the same picture lies in ${subsets.join(' and ')} (${paths.join(', ')}).`)
    if (classes.length > 1)
      warnings.push(
        `Label conflict: the same picture is labelled ${classes.map((label) => `"${label}"`).join(' and ')} (${paths.join(', ')}).`,
      )
  }
  return warnings
}

const extensionOf = (file: string): string => path.posix.extname(file).slice(1).toLowerCase()

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

/**
 * Reads a source, stores its pictures and reports the samples of a new version in canonical order. Bad files are
 * refused by name and the rest goes on.
 * @throws GlyphlabError INVALID_INPUT when nothing can be imported; DISK_FULL; CANCELLED. Nothing is kept then.
 */
export async function importDataset(input: ImportInput, port: ImportPort): Promise<ImportResult> {
  const startedAt = Date.now()
  port.progress({
    value: 0,
    message: 'Looking through the folder',
    rate: null,
    rateUnit: null,
    remainingMs: null,
  })
  const scan = await scanSource(input.root)
  const source = { root: input.root, scan, options: input.options }
  const importer = chooseImporter(source, input.importer)
  const { candidates, warnings, laterWarnings } = await importer.plan(source)
  const items = await storeAll(candidates, input, scan, port)
  if (items.length === 0) {
    const first = scan.refused[0]
    throw new GlyphlabError(
      'INVALID_INPUT',
      `None of the ${candidates.length} files in ${input.root} is a picture that can be decoded${first ? ` (${first.path}: ${first.reason})` : ''}.`,
    )
  }
  items.sort((a, b) => comparePaths(a.path, b.path))
  const { kind, subsets } = splitItems(items, input)
  const labels = sortLabels(items.map(({ label }) => label))
  const labelCounts = countLabels(labels, items, subsets)
  const duplicates = findDuplicates(items, subsets)
  const labelIndex = new Map(labels.map((label, index) => [label, index]))
  for (let start = 0; start < items.length; start += 5_000) {
    port.samples(
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
      scanned: items.length + scan.refused.length + scan.ignored.length,
      imported: items.length,
      refused: scan.refused.sort((a, b) => comparePaths(a.path, b.path)),
      ignored: scan.ignored,
      byExtension: countExtensions(
        items.map(({ path: file }) => file),
        scan,
      ),
      duplicates: duplicates.slice(0, 1_000),
      warnings: [...warnings, ...(laterWarnings?.() ?? []), ...qualityWarnings(labelCounts, duplicates)],
      durationMs: Date.now() - startedAt,
    },
  }
}
