import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { readBlob } from '../blobs/blob-files.ts'
import type { ModelVersion } from '../contract/index.ts'
import type { Services } from './services.ts'

const pictureCount = 8
const largestPicture = 1024 * 1024

export interface ModelPicture {
  name: string
  bytes: Buffer
}

/**
 * Pictures to try a model with: of the dataset that it came from, spread over it, the test subset first; the shipped ones
 * for a model that was trained elsewhere. None when the dataset is gone.
 */
export async function modelPictures(
  services: Services,
  version: Pick<ModelVersion, 'runId' | 'datasetVersionId'>,
  count = pictureCount,
): Promise<ModelPicture[]> {
  if (version.runId === null) return shippedPictures(services, count)
  const { datasets, blobs } = services
  if (version.datasetVersionId === null) return []
  const { datasetVersionId: versionId } = version
  const subset = (['test', 'validation', 'train'] as const).find(
    (name) => datasets.samples(versionId, { subset: name }, 0, 1).total > 0,
  )
  const { total } = datasets.samples(versionId, { subset }, 0, 1)
  const pictures = []
  for (let index = 0; index < Math.min(count, total); index++) {
    const offset = Math.floor((index * total) / Math.min(count, total))
    const [sample] = datasets.samples(versionId, { subset }, offset, 1).items
    const location = sample && sample.bytes <= largestPicture ? blobs.locate(sample.hash) : undefined
    if (!sample || !location) continue
    pictures.push({ name: path.posix.basename(sample.path), bytes: await readBlob(location, sample.hash) })
  }
  return pictures
}

function shippedPictures({ sources }: Services, count: number): Promise<ModelPicture[]> {
  const samples = sources.samples().filter(({ use }) => use === 'classify')
  return Promise.all(
    samples.slice(0, count).map(async ({ id }) => {
      const { file, name } = sources.locate({ kind: 'sample', sampleId: id })
      return { name, bytes: await readFile(file) }
    }),
  )
}
