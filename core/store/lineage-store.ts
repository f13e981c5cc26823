import {
  type LabelCount,
  type LineageVersion,
  type RunStatus,
  recipe,
  type VersionLineage,
} from '../contract/index.ts'
import type { DatasetStore } from './dataset-store.ts'
import type { Store } from './sqlite.ts'

interface LineageRow {
  uid: string
  dataset_id: string
  dataset_name: string
  number: number
  digest: string
  sample_count: number
  labels: string
  created_at: number
  tags: string
  note: string
  importer: string
  location: string
  parents: string
  recipe: string | null
}

/** What is known of where versions come from, and of what came from them. */
export class LineageStore {
  private readonly store: Store
  private readonly datasets: DatasetStore

  constructor(store: Store, datasets: DatasetStore) {
    this.store = store
    this.datasets = datasets
  }

  /** The ids of a version, its ancestors and its descendants. */
  private family(uid: string): Set<string> {
    const links = this.store
      .prepare<[], { child: string; parent: string }>(
        'SELECT v.uid AS child, p.value AS parent FROM dataset_version v JOIN dataset d ON d.id = v.dataset_id, json_each(v.parents) p WHERE v.ready = 1 AND d.deleted_at IS NULL',
      )
      .all()
    const walk = (from: 'child' | 'parent', to: 'child' | 'parent') => {
      const found = new Set([uid])
      for (const at of found) for (const link of links) if (link[from] === at) found.add(link[to])
      return found
    }
    return new Set([...walk('child', 'parent'), ...walk('parent', 'child')])
  }

  /** @throws GlyphlabError NOT_FOUND */
  of(uid: string): VersionLineage {
    this.datasets.brief(uid)
    const ids = JSON.stringify([...this.family(uid)])
    const versions = this.store
      .prepare<[string], LineageRow>(
        `SELECT v.*, d.name AS dataset_name FROM dataset_version v JOIN dataset d ON d.id = v.dataset_id
         WHERE v.ready = 1 AND d.deleted_at IS NULL AND v.uid IN (SELECT value FROM json_each(?)) ORDER BY v.id`,
      )
      .all(ids)
      .map(toLineageVersion)
    const runs = this.store
      .prepare<
        [string],
        { id: string; name: string; status: RunStatus; versionId: string; split: string | null }
      >(
        `SELECT r.uid AS id, r.name, r.status, r.dataset_version_uid AS versionId, p.value AS split
         FROM run r LEFT JOIN param p ON p.run_id = r.id AND p.key = 'split'
         WHERE r.lifecycle = 'active' AND r.dataset_version_uid IN (SELECT value FROM json_each(?)) ORDER BY r.id`,
      )
      .all(ids)
    const models = this.store
      .prepare<[string], { model: string; version: number; runId: string; aliases: string }>(
        `SELECT m.name AS model, v.version, v.run_uid AS runId,
           (SELECT json_group_array(a.alias) FROM alias a WHERE a.model_id = v.model_id AND a.version = v.version) AS aliases
         FROM model_version v JOIN registered_model m ON m.id = v.model_id
         WHERE v.dataset_version_uid IN (SELECT value FROM json_each(?)) ORDER BY m.name, v.version`,
      )
      .all(ids)
    return {
      versions,
      runs,
      models: models.map((model) => ({ ...model, aliases: JSON.parse(model.aliases) as string[] })),
    }
  }
}

function toLineageVersion(row: LineageRow): LineageVersion {
  const made = recipe.safeParse(row.recipe === null ? null : JSON.parse(row.recipe))
  return {
    id: row.uid,
    datasetId: row.dataset_id,
    datasetName: row.dataset_name,
    number: row.number,
    digest: row.digest,
    sampleCount: row.sample_count,
    labelCount: (JSON.parse(row.labels) as LabelCount[]).length,
    createdAt: row.created_at,
    tags: JSON.parse(row.tags) as string[],
    note: row.note,
    source: { importer: row.importer, location: row.location },
    parents: JSON.parse(row.parents) as string[],
    steps: made.success ? made.data.steps : [],
  }
}
