import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { GlyphlabError, type Subset } from '../contract/index.ts'
import type { Services } from './services.ts'
import { trainedOn } from './trained-on.ts'
import { versionTitle } from './version-samples.ts'

/** Pictures or rows with a class that two models are asked about. */
export interface TestSet {
  datasetVersionId: string
  /** "Signs v1" */
  datasetLabel: string
  subset: Subset
  /** Of rows, not of pictures. */
  table: boolean
  /** Of the samples within the version; the arrays below go by the same positions. */
  ordinals: number[]
  actual: string[]
  hashes: string[]
  /** `TrainingSamples` in JSON, for the worker. */
  file: string
}

const rowsBetweenPauses = 5_000

/**
 * Writes the samples of a subset that have a class to `file`.
 * @throws GlyphlabError NOT_FOUND for a dataset that is gone; CONFLICT when there is no such sample
 */
export async function writeTestSet(
  services: Services,
  { versionId, subset, split }: { versionId: string; subset: Subset; split: string | undefined },
  file: string,
): Promise<TestSet> {
  const { datasets } = services
  const { digest, labels, table } = datasets.brief(versionId)
  const names = labels.map(({ label }) => label)
  const set: TestSet = {
    datasetVersionId: versionId,
    datasetLabel: versionTitle(services, versionId),
    subset,
    table: table !== null,
    ordinals: [],
    actual: [],
    hashes: [],
    file,
  }
  // Decoded pictures are cached by this digest: a part of a version is not the version.
  const own = createHash('sha256')
    .update(JSON.stringify([digest, split ?? '', subset]))
    .digest('hex')
  const handle = await open(file, 'w')
  try {
    await handle.write(
      `{"datasetDigest":${JSON.stringify(own)},"labels":${JSON.stringify(names)},"samples":[`,
    )
    let ordinal = -1
    let lines: string[] = []
    const flush = async () => {
      await handle.write(lines.join(''))
      lines = []
    }
    for (const sample of datasets.locations(versionId, split)) {
      ordinal += 1
      if (ordinal % rowsBetweenPauses === 0) await flush()
      const label = names[sample.label] ?? ''
      if (sample.subset !== subset || label === '') continue
      const { path, location, width, height } = sample
      const line = JSON.stringify({ path, location, label: sample.label, subset, width, height })
      lines.push(set.ordinals.length === 0 ? line : `,${line}`)
      set.ordinals.push(ordinal)
      set.actual.push(label)
      set.hashes.push(sample.hash)
    }
    await flush()
    await handle.write(']}')
  } finally {
    await handle.close()
  }
  if (set.ordinals.length > 0) return set
  throw new GlyphlabError(
    'CONFLICT',
    `${set.datasetLabel} has nothing with a class in its ${subset} subset. Choose another subset or another version.`,
  )
}

/** The group of each sample of a set; null where it has none. */
export function groupsOf({ datasets }: Services, set: TestSet): (string | null)[] {
  const groups: (string | null)[] = []
  for (let start = 0; start < set.ordinals.length; start += rowsBetweenPauses) {
    const ordinals = set.ordinals.slice(start, start + rowsBetweenPauses)
    const samples = datasets.samplesAt(set.datasetVersionId, ordinals)
    for (const ordinal of ordinals) groups.push(samples.get(ordinal)?.group ?? null)
  }
  return groups
}

/** How many samples of a set a run was trained on; null when that is not known. */
export function seenOf(services: Services, set: TestSet, runId: string | null): number | null {
  const trained = trainedOn(services, runId)
  return trained && set.hashes.filter((hash) => trained.has(hash)).length
}
