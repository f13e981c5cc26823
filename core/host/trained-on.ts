import type { Services } from './services.ts'

/** Hashes of the pictures that a run was trained on; null when that is not known. */
export function trainedOn({ runs, datasets }: Services, runId: string | null): Set<string> | null {
  if (runId === null) return null
  try {
    const { datasetVersionId, params } = runs.get(runId)
    if (datasetVersionId === null) return null
    const split = params['split']
    const own = split === undefined || split === datasets.brief(datasetVersionId).split.name
    const hashes = new Set<string>()
    for (const { hash, subset } of datasets.locations(datasetVersionId, own ? undefined : split))
      if (subset === 'train') hashes.add(hash)
    return hashes
  } catch {
    return null
  }
}
