import type { ModelVersion } from '../../../../core/contract/index.ts'

export const modelPath = (model: string): string => `/models/${encodeURIComponent(model)}`
export const versionPath = (model: string, version: number): string => `${modelPath(model)}/${version}`

/** Where a version is looked at before an alias moves to it. */
export const promotionPath = (model: string, version: number, alias: string): string =>
  `${versionPath(model, version)}/promote?alias=${encodeURIComponent(alias)}`

/** How a version is named to the engine: by its number, which never moves. */
export const versionReference = ({ model, version }: ModelVersion): string => `${model}/${version}`

/** How a version is named to a person and in an export: by an alias when it has one. */
export const speakingReference = (version: ModelVersion): string => {
  const alias = version.aliases.includes('champion') ? 'champion' : version.aliases[0]
  return alias ? `${version.model}@${alias}` : versionReference(version)
}

export const servePath = (reference: string): string => `/serve?model=${encodeURIComponent(reference)}`

/** `-1` of a shape is the batch: `batch × 28 × 28 × 1`. */
export const shapeText = (shape: readonly number[]): string =>
  shape.map((extent) => (extent === -1 ? 'batch' : String(extent))).join(' × ')
