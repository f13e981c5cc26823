import {
  GlyphlabError,
  type InferenceChoice,
  type ModelVersion,
  type RegisteredModel,
} from '../contract/index.ts'
import { exampleOf, formatOf, type ModelManifest } from '../domain/model-manifest.ts'
import { AliasStore, type MoveFacts } from './alias-store.ts'
import type { AuditStore } from './audit-store.ts'
import { durably, type Store } from './sqlite.ts'

interface ModelRow {
  id: number
  name: string
  created_at: number
  last_version: number
}

interface ModelVersionRow {
  model: string
  model_id: number
  version: number
  run_uid: string
  run_name: string
  dataset_version_uid: string | null
  dataset_label: string | null
  manifest: string
  digest: string
  metrics: string
  damage: string | null
  inference: string | null
  imported_from: string | null
  created_at: number
}

export interface NewModelVersion {
  model: string
  /** An alias that points at it from the first; an override moves one that has gates, which no new version has passed. */
  alias: { name: string; move: MoveFacts } | undefined
  /** Null for a model that was imported. */
  run: { id: string; name: string } | null
  importedFrom: string | null
  datasetVersionId: string | null
  datasetLabel: string | null
  manifest: ModelManifest
  digest: string
  metrics: Record<string, number>
  inference: InferenceChoice
  /** Writes what belongs to the new version, in the same transaction. */
  beside?: (version: number) => void
}

const selectVersion =
  'SELECT v.*, m.name AS model FROM model_version v JOIN registered_model m ON m.id = v.model_id'

export class ModelStore {
  private readonly store: Store
  private readonly audit: AuditStore
  private readonly aliases: AliasStore

  constructor(store: Store, audit: AuditStore) {
    this.store = store
    this.audit = audit
    this.aliases = new AliasStore(store, audit)
  }

  /** @throws GlyphlabError CONFLICT when the alias has gates: a new version has not been checked against them */
  register(version: NewModelVersion): ModelVersion {
    return durably(this.store, () => {
      this.store
        .prepare('INSERT INTO registered_model (name, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING')
        .run(version.model, Date.now())
      const model = this.model(version.model)
      const { alias } = version
      if (alias && alias.move.kind !== 'override' && this.aliases.rules(version.model, alias.name).length > 0)
        throw new GlyphlabError(
          'CONFLICT',
          `${version.model}@${alias.name} has gates, and a new version has not passed them yet. Register it without the alias, check it, and move the alias then; or override them with a reason.`,
        )
      const number = model.last_version + 1
      this.store.prepare('UPDATE registered_model SET last_version = ? WHERE id = ?').run(number, model.id)
      this.store
        .prepare(
          `INSERT INTO model_version (model_id, version, run_uid, run_name, dataset_version_uid, dataset_label, manifest, digest, metrics, inference, imported_from, created_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(
          model.id,
          number,
          version.run?.id ?? '',
          version.run?.name ?? '',
          version.datasetVersionId,
          version.datasetLabel,
          JSON.stringify(version.manifest),
          version.digest,
          JSON.stringify(version.metrics),
          JSON.stringify(version.inference),
          version.importedFrom,
          Date.now(),
        )
      this.audit.append('model.registered', `${version.model}/${number}`, {
        ...(version.run ? { runId: version.run.id } : { importedFrom: version.importedFrom }),
        digest: version.digest,
      })
      if (alias) this.moveAlias(model, alias.name, number, alias.move)
      version.beside?.(number)
      return this.version(version.model, number)
    })
  }

  private moveAlias(model: ModelRow, alias: string, version: number | null, facts: MoveFacts): void {
    const before = this.aliases.target(model.name, alias)
    this.aliases.record(model.name, alias, before, version, facts)
    // An alias of that name may be at a version that an MLflow client registered.
    this.store.prepare('DELETE FROM mlflow_alias WHERE model_id = ? AND alias = ?').run(model.id, alias)
    if (version === null) {
      this.store.prepare('DELETE FROM alias WHERE model_id = ? AND alias = ?').run(model.id, alias)
    } else {
      this.store
        .prepare(
          'INSERT INTO alias (model_id, alias, version) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET version = excluded.version',
        )
        .run(model.id, alias, version)
    }
  }

  /** @throws GlyphlabError NOT_FOUND; DAMAGED for a damaged version; CONFLICT naming the gates that hold it back */
  setAlias(name: string, alias: string, version: number | null, facts: MoveFacts): RegisteredModel {
    const model = this.model(name)
    if (version !== null) {
      const { status, statusMessage } = this.version(name, version)
      if (status === 'damaged')
        throw new GlyphlabError(
          'DAMAGED',
          `Version ${version} of ${name} is damaged and gets no alias. ${statusMessage}`,
        )
    }
    durably(this.store, () => this.moveAlias(model, alias, version, facts))
    return this.toModel(model)
  }

  private model(name: string): ModelRow {
    const row = this.store
      .prepare<[string], ModelRow>('SELECT * FROM registered_model WHERE name = ?')
      .get(name)
    if (!row) throw new GlyphlabError('NOT_FOUND', `There is no registered model named "${name}".`)
    return row
  }

  private toModel(row: ModelRow): RegisteredModel {
    const aliases = this.store
      .prepare<[number], { alias: string; version: number }>(
        'SELECT alias, version FROM alias WHERE model_id = ? ORDER BY alias',
      )
      .all(row.id)
    const own = this.store
      .prepare<[number], { n: number; latest: number | null }>(
        'SELECT count(*) AS n, max(version) AS latest FROM model_version WHERE model_id = ?',
      )
      .get(row.id)
    return {
      name: row.name,
      createdAt: row.created_at,
      versionCount: own?.n ?? 0,
      latestVersion: own?.latest ?? null,
      aliases: Object.fromEntries(aliases.map(({ alias, version }) => [alias, version])),
    }
  }

  list(): RegisteredModel[] {
    return this.store
      .prepare<[], ModelRow>('SELECT * FROM registered_model ORDER BY name')
      .all()
      .map((row) => this.toModel(row))
  }

  versions(name: string): ModelVersion[] {
    const { id } = this.model(name)
    return this.store
      .prepare<[number], ModelVersionRow>(`${selectVersion} WHERE v.model_id = ? ORDER BY v.version DESC`)
      .all(id)
      .map((row) => this.toVersion(row))
  }

  version(name: string, version: number): ModelVersion {
    const { id } = this.model(name)
    const row = this.store
      .prepare<[number, number], ModelVersionRow>(`${selectVersion} WHERE v.model_id = ? AND v.version = ?`)
      .get(id, version)
    if (!row) throw new GlyphlabError('NOT_FOUND', `The model "${name}" has no version ${version}.`)
    return this.toVersion(row)
  }

  /** `name@alias`, `name/3`, or `name` for its newest version. @throws GlyphlabError NOT_FOUND */
  resolve(reference: string): ModelVersion {
    const [, name = '', alias, version] = /^([^@/]+)(?:@([^@/]+)|\/(\d+))?$/.exec(reference) ?? []
    if (name === '')
      throw new GlyphlabError(
        'INVALID_INPUT',
        `"${reference}" names no model. Write name@alias, name/version or name.`,
      )
    const model = this.model(name)
    if (version !== undefined) return this.version(name, Number(version))
    if (alias === undefined) return this.version(name, this.toModel(model).latestVersion ?? 0)
    const row = this.store
      .prepare<[number, string], { version: number }>(
        'SELECT version FROM alias WHERE model_id = ? AND alias = ?',
      )
      .get(model.id, alias)
    if (!row) throw new GlyphlabError('NOT_FOUND', `The model "${name}" has no alias "${alias}".`)
    return this.version(name, row.version)
  }

  manifest(name: string, version: number): ModelManifest {
    const { id } = this.model(name)
    const row = this.store
      .prepare<[number, number], { manifest: string }>(
        'SELECT manifest FROM model_version WHERE model_id = ? AND version = ?',
      )
      .get(id, version)
    if (!row) throw new GlyphlabError('NOT_FOUND', `The model "${name}" has no version ${version}.`)
    return JSON.parse(row.manifest) as ModelManifest
  }

  /** Marks a version that failed its check; null when it is whole again. */
  setDamage(name: string, version: number, damage: string | null): void {
    const { id } = this.model(name)
    this.store
      .prepare('UPDATE model_version SET damage = ? WHERE model_id = ? AND version = ?')
      .run(damage, id, version)
  }

  setInference(name: string, version: number, inference: InferenceChoice): ModelVersion {
    const { id } = this.model(name)
    this.store
      .prepare('UPDATE model_version SET inference = ? WHERE model_id = ? AND version = ?')
      .run(JSON.stringify(inference), id, version)
    return this.version(name, version)
  }

  private toVersion(row: ModelVersionRow): ModelVersion {
    const manifest = JSON.parse(row.manifest) as ModelManifest
    const aliases = this.store
      .prepare<[number, number], { alias: string }>(
        'SELECT alias FROM alias WHERE model_id = ? AND version = ? ORDER BY alias',
      )
      .all(row.model_id, row.version)
    return {
      model: row.model,
      version: row.version,
      kind: manifest.kind,
      aliases: aliases.map(({ alias }) => alias),
      status: row.damage === null ? 'ready' : 'damaged',
      statusMessage: row.damage,
      digest: row.digest,
      signature: manifest.signature,
      preprocessing: manifest.preprocessing,
      labels: manifest.labels,
      files: manifest.files,
      inputExample: exampleOf(manifest),
      format: formatOf(manifest),
      inference: row.inference === null ? null : (JSON.parse(row.inference) as InferenceChoice),
      runId: row.run_uid || null,
      runName: row.run_name || null,
      importedFrom: row.imported_from,
      datasetVersionId: row.dataset_version_uid,
      datasetLabel: row.dataset_label,
      metrics: JSON.parse(row.metrics) as Record<string, number>,
      createdAt: row.created_at,
    }
  }
}
