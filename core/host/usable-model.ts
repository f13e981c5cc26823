import { GlyphlabError, type ModelVersion } from '../contract/index.ts'
import type { Services } from './services.ts'

/** The version's folder of files. A version that can't be made whole is marked damaged and never used. */
export async function usableModelFolder(
  { models, modelFolders, events }: Services,
  version: ModelVersion,
): Promise<string> {
  try {
    const manifest = models.manifest(version.model, version.version)
    // What was damaged may have been stored again since.
    return await (version.status === 'damaged'
      ? modelFolders.verified(manifest)
      : modelFolders.folder(manifest))
  } catch (cause) {
    markDamage({ models, events }, version, cause)
    throw cause
  }
}

/** Reads every file of a version and marks it damaged, or whole again. @throws GlyphlabError DAMAGED, naming the file */
export async function verifyVersion(
  { models, modelFolders, events }: Services,
  version: ModelVersion,
): Promise<void> {
  const { model, version: number } = version
  try {
    await modelFolders.verified(models.manifest(model, number))
  } catch (cause) {
    markDamage({ models, events }, version, cause)
    throw cause
  }
  if (version.status !== 'damaged') return
  models.setDamage(model, number, null)
  events.emit({ type: 'model.changed', model })
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
