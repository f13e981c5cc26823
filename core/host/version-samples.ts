import { open } from 'node:fs/promises'
import { GlyphlabError, type RecipeStep } from '../contract/index.ts'
import { requireSameShape } from '../datasets/tables/same-shape.ts'
import type { DraftSample } from '../datasets/transformations/draft-sample.ts'
import type { Services } from './services.ts'

const rowsAtOnce = 1_000

/** The samples of a version as a recipe begins with them, in pieces: other requests come in between. */
export async function* draftSamples(
  { datasets }: Pick<Services, 'datasets'>,
  versionId: string,
): AsyncGenerator<DraftSample[]> {
  const { sampleCount } = datasets.brief(versionId)
  for (let start = 0; start < sampleCount; start += rowsAtOnce) {
    yield datasets
      .stored(versionId, start, rowsAtOnce)
      .map(({ ordinal: _, ...sample }) => ({ ...sample, pending: [] }))
    await new Promise((resolve) => setImmediate(resolve))
  }
}

export async function allDraftSamples(
  services: Pick<Services, 'datasets'>,
  versionId: string,
): Promise<DraftSample[]> {
  const all: DraftSample[] = []
  for await (const part of draftSamples(services, versionId)) all.push(...part)
  return all
}

/** A sample in JSON a line. @param onSample told of each */
export async function writeDraftSamples(
  services: Services,
  versionId: string,
  file: string,
  onSample: (sample: DraftSample) => void = () => {},
): Promise<void> {
  const handle = await open(file, 'w')
  try {
    for await (const part of draftSamples(services, versionId)) {
      part.forEach(onSample)
      await handle.write(`${part.map((sample) => JSON.stringify(sample)).join('\n')}\n`)
    }
  } finally {
    await handle.close()
  }
}

/** `digits v3`: how a person calls a version. */
export function versionTitle({ datasets }: Pick<Services, 'datasets'>, versionId: string): string {
  const { datasetName, number } = datasets.brief(versionId)
  return `${datasetName} v${number}`
}

/** The versions that a recipe's steps merge. */
export const mergedVersions = (steps: readonly RecipeStep[]): string[] => [
  ...new Set(steps.flatMap((step) => (step.kind === 'merge' ? step.versionId : []))),
]

/** @throws GlyphlabError when a version that the steps merge does not go together with the one they begin with */
export function requireMergeable(
  { datasets }: Pick<Services, 'datasets'>,
  versionId: string,
  steps: readonly RecipeStep[],
): void {
  const { table } = datasets.brief(versionId)
  const shapeOf = (id: string, target: string | null) => ({
    columns: datasets.columns(id).map(({ name }) => name),
    target,
  })
  for (const id of mergedVersions(steps)) {
    const other = datasets.brief(id)
    if ((other.table === null) !== (table === null))
      throw new GlyphlabError(
        'UNSUPPORTED',
        `${versionTitle({ datasets }, id)} ${table ? 'has pictures' : 'is a table'}: the rows of a table and pictures do not lie in one version.`,
      )
    if (!table || !other.table) continue
    requireSameShape(
      versionTitle({ datasets }, id),
      shapeOf(id, other.table.target?.name ?? null),
      shapeOf(versionId, table.target?.name ?? null),
      'Import it without them',
    )
  }
}
