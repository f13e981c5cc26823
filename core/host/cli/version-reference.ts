import type { DatasetVersion } from '../../contract/index.ts'
import type { EngineClient } from '../engine-client.ts'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** By `name` (its newest version), `name@3`, or the version's id. */
export function findVersion(client: EngineClient, reference: string): Promise<DatasetVersion> {
  return client.call(
    'datasets.version',
    uuid.test(reference) ? { versionId: reference } : { name: reference },
  )
}

export const referenceHelp = 'name (its newest version), name@3, or id'
