import { availableParallelism } from 'node:os'
import { BlobFiles, type PackedBlob, readBlob, sha256Of } from '../blobs/blob-files.ts'
import {
  describeStep,
  GlyphlabError,
  type JobProgress,
  type RecipePreview,
  type RecipeStep,
  type RefusedFile,
  rowMediaType,
} from '../contract/index.ts'
import { storageError } from '../domain/disk-full.ts'
import { drawPicture } from './draw-picture.ts'
import { countLabels, findDuplicates, qualityWarnings } from './import-dataset.ts'
import type { ImportedSample } from './import-messages.ts'
import { comparePaths, manifestDigest, sortLabels } from './manifest.ts'
import { mapLimited } from './map-limited.ts'
import { columnsOfRows } from './tables/columns-of-rows.ts'
import type { TransformInput, TransformResult } from './transform-messages.ts'
import {
  contentKey,
  type DraftSample,
  readDraftSamples,
  type StepContext,
} from './transformations/draft-sample.ts'
import { applyStep, looksAtContent } from './transformations/index.ts'

/** Blobs up to this size go into a pack; larger ones are files of their own. */
const packedBytes = 256 * 1024
const batchSize = 256

export interface TransformPort {
  progress(progress: JobProgress): void
  blobs(blobs: ({ hash: string; bytes: number } | PackedBlob)[]): void
  samples(samples: ImportedSample[]): void
  cancelled(): boolean
}

type Drawn = Pick<DraftSample, 'hash' | 'bytes' | 'location' | 'width' | 'height'>

const reasonOf = (cause: unknown, path: string): string => {
  const text = cause instanceof Error ? cause.message : String(cause)
  return text.startsWith(`${path}: `) ? text.slice(path.length + 2) : text
}

/**
 * Draws what is pending and stores it. Equal work is done once. A picture that can't be read is refused by name and
 * the rest goes on.
 * @throws GlyphlabError CANCELLED; DISK_FULL
 */
async function drawPending(
  samples: readonly DraftSample[],
  files: BlobFiles,
  port: TransformPort,
  refused: RefusedFile[],
): Promise<DraftSample[]> {
  const work = new Map<string, DraftSample>()
  for (const sample of samples) if (sample.pending.length > 0) work.set(contentKey(sample), sample)
  if (work.size === 0) return [...samples]
  const drawn = new Map<string, Drawn>()
  const failed = new Map<string, string>()
  const stored = new Map<string, Drawn>()
  const packed: PackedBlob[] = []
  const jobs = [...work]
  const startedAt = Date.now()
  const pack = files.createPack()
  try {
    for (let start = 0; start < jobs.length; start += batchSize) {
      const batch = jobs.slice(start, start + batchSize)
      const results = await mapLimited(batch, availableParallelism() + 1, async ([key, sample]) => {
        if (port.cancelled())
          throw new GlyphlabError('CANCELLED', 'Cancelled. Nothing of the new version was kept.')
        try {
          const bytes = await readBlob(sample.location, sample.hash)
          return { key, ...(await drawPicture(bytes, sample.path, sample.pending)) }
        } catch (cause) {
          failed.set(key, reasonOf(cause, sample.path))
          return null
        }
      })
      for (const result of results) {
        if (!result) continue
        const { key, content, width, height } = result
        const hash = sha256Of(content)
        let place = stored.get(hash)
        if (!place) {
          const facts = { hash, bytes: content.length, width, height }
          if (content.length <= packedBytes) {
            const blob = pack.append(hash, content)
            packed.push(blob)
            place = {
              ...facts,
              location: { file: files.packPath(blob.pack), offset: blob.offset, length: blob.bytes },
            }
          } else {
            port.blobs([await files.putBytes(content)])
            place = { ...facts, location: { file: files.loosePath(hash), offset: 0, length: content.length } }
          }
          stored.set(hash, place)
        }
        drawn.set(key, place)
      }
      const done = start + batch.length
      const rate = done / Math.max(0.001, (Date.now() - startedAt) / 1000)
      port.progress({
        value: (done / jobs.length) * 0.9,
        message: `Making picture ${done} of ${jobs.length}`,
        rate,
        rateUnit: 'pictures/s',
        remainingMs: ((jobs.length - done) / rate) * 1000,
      })
    }
    pack.finish()
  } catch (cause) {
    pack.discard()
    throw storageError(cause, files.root)
  }
  for (let start = 0; start < packed.length; start += 5_000) port.blobs(packed.slice(start, start + 5_000))
  return samples.flatMap((sample) => {
    if (sample.pending.length === 0) return [sample]
    const key = contentKey(sample)
    const result = drawn.get(key)
    if (result) return [{ ...sample, ...result, pending: [] }]
    refused.push({ path: sample.path, reason: failed.get(key) ?? 'it could not be made' })
    return []
  })
}

/** @throws GlyphlabError UNSUPPORTED for steps that draw, and for a merge of rows with pictures */
function refuseDrawnRows(samples: readonly DraftSample[]): void {
  const rows = samples.filter(({ mediaType }) => mediaType === rowMediaType)
  if (rows.length === 0) return
  if (rows.length < samples.length)
    throw new GlyphlabError('UNSUPPORTED', 'The rows of a table and pictures do not lie in one version.')
  if (rows.some(({ pending }) => pending.length > 0))
    throw new GlyphlabError(
      'UNSUPPORTED',
      'The rows of a table can be filtered, relabelled, balanced and split, but not drawn. Take the steps for pictures out of the recipe.',
    )
}

/** What a recipe makes of samples, as far as it can be said without drawing a picture. @throws GlyphlabError INVALID_INPUT */
export function previewRecipe(
  samples: readonly DraftSample[],
  steps: readonly RecipeStep[],
  others: StepContext['others'],
): RecipePreview {
  const warnings: string[] = []
  const context = { others, warn: (message: string) => warnings.push(message) }
  let current = [...samples]
  let exact = true
  for (const [index, step] of steps.entries()) {
    if (looksAtContent(step) && current.some(({ pending }) => pending.length > 0)) exact = false
    current = applyStep(current, step, index, context)
  }
  const subsets = current.map(({ subset }) => subset)
  const labels = countLabels(sortLabels(current.map(({ label }) => label)), current, subsets)
  const counts = { train: 0, validation: 0, test: 0 }
  for (const subset of subsets) counts[subset] += 1
  const newPictures = new Set(
    current.flatMap((sample) => (sample.pending.length > 0 ? contentKey(sample) : [])),
  )
  return { sampleCount: current.length, labels, counts, newPictures: newPictures.size, exact, warnings }
}

/**
 * Applies a recipe to the samples of a version, draws the pictures it asks for, and reports the samples of the new
 * version in canonical order. Equal samples and steps give an equal digest.
 * @throws GlyphlabError INVALID_INPUT naming the step; CANCELLED; DISK_FULL. Nothing is kept then.
 */
export async function transformDataset(input: TransformInput, port: TransformPort): Promise<TransformResult> {
  const startedAt = Date.now()
  const files = new BlobFiles(input.home)
  const warnings: string[] = []
  const refused: RefusedFile[] = []
  const others = new Map<string, { title: string; samples: DraftSample[] }>()
  for (const [id, { title, samplesFile }] of Object.entries(input.others))
    others.set(id, { title, samples: await readDraftSamples(samplesFile) })
  let samples = await readDraftSamples(input.samplesFile)
  const before = samples.length
  for (const [index, step] of input.steps.entries()) {
    if (port.cancelled())
      throw new GlyphlabError('CANCELLED', 'Cancelled. Nothing of the new version was kept.')
    const message = describeStep(step)
    port.progress({ value: 0, message, rate: null, rateUnit: null, remainingMs: null })
    refuseDrawnRows(samples)
    if (looksAtContent(step)) samples = await drawPending(samples, files, port, refused)
    samples = applyStep(samples, step, index, { others, warn: (text) => warnings.push(text) })
  }
  refuseDrawnRows(samples)
  samples = await drawPending(samples, files, port, refused)
  if (samples.length === 0)
    throw new GlyphlabError(
      'UNREADABLE_FILE',
      `None of the pictures could be made (${refused[0]?.path}: ${refused[0]?.reason}).`,
    )
  samples.sort((a, b) => comparePaths(a.path, b.path))
  const subsets = samples.map(({ subset }) => subset)
  const labels = sortLabels(samples.map(({ label }) => label))
  const labelIndex = new Map(labels.map((label, index) => [label, index]))
  for (let start = 0; start < samples.length; start += 5_000) {
    port.samples(
      samples
        .slice(start, start + 5_000)
        .map(({ location: _, pending: __, bytes: ___, label, ...sample }) => ({
          ...sample,
          label: labelIndex.get(label) ?? 0,
        })),
    )
  }
  const labelCounts = countLabels(labels, samples, subsets)
  const duplicates = findDuplicates(samples, subsets)
  const counts = { train: 0, validation: 0, test: 0 }
  for (const subset of subsets) counts[subset] += 1
  const columns = samples[0]?.mediaType === rowMediaType ? await columnsOfRows(samples) : null
  return {
    columns,
    digest: manifestDigest(samples),
    sampleCount: samples.length,
    bytes: samples.reduce((sum, { bytes }) => sum + bytes, 0),
    labels: labelCounts,
    counts,
    report: {
      scanned: before,
      imported: samples.length,
      refused: refused.sort((a, b) => comparePaths(a.path, b.path)),
      ignored: [],
      byExtension: {},
      duplicates: duplicates.slice(0, 1_000),
      warnings: [
        ...warnings,
        ...qualityWarnings(
          labelCounts.filter(({ label }) => label !== ''),
          duplicates,
        ),
      ],
      durationMs: Date.now() - startedAt,
    },
  }
}
