import { GlyphlabError, type ModelVersion } from '../contract/index.ts'
import type { Services } from './services.ts'

/** The version's folder of files. A version that can't be made whole is marked damaged and never used. */
export async function usableModelFolder(
  { models, modelFolders, events }: Services,
  version: ModelVersion,
): Promise<string> {
  try {
    return await modelFolders.folder(models.manifest(version.model, version.version))
  } catch (cause) {
    markDamage({ models, events }, version, cause)
    throw cause
  }
}

export function markDamage(
  { models, events }: Pick<Services, 'models' | 'events'>,
  version: ModelVersion,
  cause: unknown,
): void {
  if (!(cause instanceof GlyphlabError) || cause.code !== 'DAMAGED') return
  models.setDamage(version.model, version.version, cause.message)
  events.emit({ type: 'model.changed', model: version.model })
}
