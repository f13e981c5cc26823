import { open } from 'node:fs/promises'
import type { Services } from './services.ts'

const rowsAtOnce = 1_000

/** Every sample of a version, also without a class, as `TrainingSamples` in JSON: written in pieces, read by a worker. */
export async function writeAllSamples(
  { datasets }: Services,
  versionId: string,
  file: string,
): Promise<void> {
  const { digest, labels, sampleCount } = datasets.brief(versionId)
  const names = labels.map(({ label }) => label)
  const placeOf = new Map(names.map((label, place) => [label, place]))
  const handle = await open(file, 'w')
  try {
    await handle.write(
      `{"datasetDigest":${JSON.stringify(digest)},"labels":${JSON.stringify(names)},"samples":[`,
    )
    for (let start = 0; start < sampleCount; start += rowsAtOnce) {
      const rows = datasets
        .stored(versionId, start, rowsAtOnce)
        .map(({ path, location, label, subset, width, height }) =>
          JSON.stringify({ path, location, label: placeOf.get(label) ?? -1, subset, width, height }),
        )
      await handle.write((start === 0 ? '' : ',') + rows.join(','))
    }
    await handle.write(']}')
  } finally {
    await handle.close()
  }
}
