import { availableParallelism } from 'node:os'
import sharp from 'sharp'
import { GlyphlabError, type JobProgress, type RefusedFile } from '../../contract/index.ts'
import type { PictureMeasure } from '../../domain/picture-measure.ts'
import { factsOf } from './facts.ts'
import { findProblems } from './findings/index.ts'
import { isBlank } from './findings/pictures.ts'
import { groupNearDuplicates } from './near-duplicates.ts'
import { correlation, measurePicture } from './picture-measure.ts'
import type { QualityResult, QualitySample } from './quality-messages.ts'
import { checkReference, forEachAtOnce, StoredPictures } from './stored-pictures.ts'

/**
 * Grey values of two pictures that are one picture to a person correlate at least so much. Recompressed at the same size
 * they correlate by 0.997 and more, while garments of one cut with different prints reach 0.99; scaled, by 0.985.
 */
const sameSizeCorrelation = 0.995
const scaledCorrelation = 0.985
const measuresAtOnce = 2_000

export interface QualityPort {
  progress(progress: JobProgress): void
  measures(measures: [string, PictureMeasure][]): void
  cancelled(): boolean
}

export function refuseIfCancelled(port: Pick<QualityPort, 'cancelled'>): void {
  if (port.cancelled()) throw new GlyphlabError('CANCELLED', 'Cancelled. What was known before stays.')
}

/** Measures each content that has not been measured yet. */
async function measureAll(
  samples: readonly QualitySample[],
  pictures: StoredPictures,
  port: QualityPort,
): Promise<{ measures: (PictureMeasure | null)[]; damaged: { ordinal: number; reason: string }[] }> {
  const byHash = new Map<string, PictureMeasure>()
  const wanted = new Map<string, QualitySample>()
  const reasons = new Map<string, string>()
  const noteReason = ({ hash, path }: QualitySample, cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause)
    reasons.set(hash, reason.startsWith(`${path}: `) ? reason.slice(path.length + 2) : reason)
  }
  for (const sample of samples) {
    const { hash, measure } = sample
    if (byHash.has(hash) || reasons.has(hash)) continue
    if (!measure) {
      wanted.set(hash, sample)
      continue
    }
    try {
      checkReference(sample)
      byHash.set(hash, measure)
    } catch (cause) {
      noteReason(sample, cause)
    }
  }
  let fresh: [string, PictureMeasure][] = []
  let done = 0
  const startedAt = Date.now()
  sharp.concurrency(1)
  await forEachAtOnce([...wanted.values()], availableParallelism() + 2, async (sample) => {
    refuseIfCancelled(port)
    try {
      const measure = measurePicture(await pictures.grey(sample))
      byHash.set(sample.hash, measure)
      fresh.push([sample.hash, measure])
    } catch (cause) {
      noteReason(sample, cause)
    }
    done += 1
    if (done % 256 !== 0) return
    if (fresh.length >= measuresAtOnce) {
      port.measures(fresh)
      fresh = []
    }
    const rate = done / Math.max(0.001, (Date.now() - startedAt) / 1000)
    port.progress({
      value: (done / wanted.size) * 0.6,
      message: `Looking at picture ${done} of ${wanted.size}`,
      rate,
      rateUnit: 'pictures/s',
      remainingMs: ((wanted.size - done) / rate) * 1000,
    })
    // Small pictures are decoded at once: let a cancel come in between.
    await new Promise((resolve) => setImmediate(resolve))
  })
  port.measures(fresh)
  return {
    measures: samples.map(({ hash }) => byHash.get(hash) ?? null),
    damaged: samples.flatMap(({ hash }, ordinal) => {
      const reason = reasons.get(hash)
      return reason === undefined ? [] : [{ ordinal, reason }]
    }),
  }
}

/** Groups of ordinals that look the same, copies included. Blank pictures look like one another and are left out. */
async function findLookAlikes(
  samples: readonly QualitySample[],
  measures: readonly (PictureMeasure | null)[],
  pictures: StoredPictures,
  port: QualityPort,
): Promise<number[][]> {
  const ordinals = new Map<string, number[]>()
  for (const [ordinal, { hash }] of samples.entries()) {
    const measure = measures[ordinal]
    if (!measure || isBlank(measure)) continue
    const known = ordinals.get(hash)
    if (known) known.push(ordinal)
    else ordinals.set(hash, [ordinal])
  }
  const contents = [...ordinals.values()]
  const first = contents.map(([ordinal = 0]) => ordinal)
  const dct = new Uint32Array(2 * first.length)
  const gradient = new Uint32Array(2 * first.length)
  for (const [index, ordinal] of first.entries()) {
    const measure = measures[ordinal]
    if (!measure) continue
    dct.set(measure.dct, 2 * index)
    gradient.set(measure.gradient, 2 * index)
  }
  const aspects = Float32Array.from(first, (ordinal) => {
    const sample = samples[ordinal]
    return sample ? sample.width / sample.height : 1
  })
  const sampleAt = (index: number) => samples[first[index] ?? 0] as QualitySample
  const alike = async (leader: number, other: number) => {
    const [one, two] = [sampleAt(leader), sampleAt(other)]
    const sameSize = one.width === two.width && one.height === two.height
    const least = sameSize ? sameSizeCorrelation : scaledCorrelation
    return correlation(await pictures.recentGrey(one), await pictures.recentGrey(two)) >= least
  }
  const groups = await groupNearDuplicates({ dct, gradient, aspects }, alike, undefined, async (done) => {
    refuseIfCancelled(port)
    port.progress({
      value: 0.6 + 0.35 * (done / Math.max(1, first.length)),
      message: `Comparing picture ${done} of ${first.length}`,
      rate: null,
      rateUnit: null,
      remainingMs: null,
    })
    await new Promise((resolve) => setImmediate(resolve))
  })
  return groups.map((group) => group.flatMap((index) => contents[index] ?? []).sort((a, b) => a - b))
}

/**
 * Looks at every sample of a version: what is wrong with it, and how its sizes, classes, light and texts are spread.
 * @throws GlyphlabError CANCELLED
 */
export async function checkQuality(
  samples: readonly QualitySample[],
  refused: readonly RefusedFile[],
  port: QualityPort,
): Promise<QualityResult> {
  const pictures = new StoredPictures()
  try {
    const { measures, damaged } = await measureAll(samples, pictures, port)
    const nearGroups = await findLookAlikes(samples, measures, pictures, port)
    const evidence = { samples, measures, nearGroups, refused, damaged }
    return { findings: findProblems(evidence), facts: factsOf(evidence) }
  } finally {
    pictures.close()
  }
}
