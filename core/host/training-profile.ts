import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { readBlob } from '../blobs/blob-files.ts'
import type { ModelVersion, Subset } from '../contract/index.ts'
import {
  type ProfileStatistic,
  profileBinsOf,
  profileStatistics,
  type TrainingProfile,
} from '../domain/training-profile.ts'
import { inputStatistics } from '../imaging/input-statistics.ts'
import type { Services } from './services.ts'

const mostPictures = 400
const mostAnswers = 200

/** Pictures spread over a subset. A picture that is gone by now is passed over. */
async function* spread({ datasets, blobs }: Services, versionId: string, subset: Subset, most: number) {
  const { total } = datasets.samples(versionId, { subset }, 0, 1)
  const count = Math.min(most, total)
  for (let index = 0; index < count; index++) {
    const [sample] = datasets.samples(versionId, { subset }, Math.floor((index * total) / count), 1).items
    const location = sample && blobs.locate(sample.hash)
    const bytes = location && (await readBlob(location, sample.hash).catch(() => null))
    if (bytes) yield { name: sample.path, bytes }
  }
}

/**
 * How the inputs lay that a version was trained on, and how sure it is of those it was tested with. Null for a version that
 * was trained elsewhere or whose dataset is gone.
 * @param modelDirectory where its files lie, checked
 */
export async function trainingProfileOf(
  services: Services,
  version: ModelVersion,
  modelDirectory: string,
): Promise<TrainingProfile | null> {
  const { datasetVersionId: versionId } = version
  if (version.runId === null || versionId === null) return null
  const values = new Map<ProfileStatistic, number[]>(profileStatistics.map((name) => [name, []]))
  for await (const { name, bytes } of spread(services, versionId, 'train', mostPictures)) {
    const { width, height, brightness, contrast } = await inputStatistics(bytes, name)
    const measured = { width, height, brightness, contrast }
    for (const key of ['width', 'height', 'brightness', 'contrast'] as const)
      values.get(key)?.push(measured[key])
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'glyphlab-profile-'))
  const file = path.join(folder, 'picture')
  const engine = version.inference?.engine ?? null
  try {
    for await (const { name, bytes } of spread(services, versionId, 'test', mostAnswers)) {
      await writeFile(file, bytes)
      const answer = await services.classifier.ask({ modelDirectory, engine, file, name })
      if ('probabilities' in answer) values.get('confidence')?.push(Math.max(...answer.probabilities))
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  const statistics: TrainingProfile['statistics'] = {}
  for (const [name, found] of values) {
    const bins = profileBinsOf(found)
    if (bins) statistics[name] = bins
  }
  return { format: 'glyphlab-profile/1', model: version.model, version: version.version, statistics }
}
