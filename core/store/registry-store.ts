import { GlyphlabError } from '../contract/index.ts'
import { AliasStore } from './alias-store.ts'
import type { AuditStore } from './audit-store.ts'
import { durably, type Store } from './sqlite.ts'

/**
 * A version of a registered model as MLflow's clients see it. `kind` glyphlab: trained here, with a manifest of its own
 * (`ModelStore`); `mlflow`: a folder of artifacts that MLflow itself loads. Both share the model's numbers and aliases.
 */
export interface RegistryVersion {
  kind: 'glyphlab' | 'mlflow'
  model: string
  version: number
  source: string
  runId: string | null
  runLink: string | null
  loggedModelId: string | null
  user: string
  description: string
  stage: string
  tags: Record<string, string>
  aliases: string[]
  damage: string | null
  createdAt: number
  updatedAt: number
}

export interface RegistryModel {
  name: string
  description: string
  tags: Record<string, string>
  aliases: Record<string, number>
  createdAt: number
  updatedAt: number
}

interface VersionRow {
  kind: 'glyphlab' | 'mlflow'
  model: string
  model_id: number
  version: number
  source: string | null
  run_uid: string | null
  run_link: string | null
  logged_model_uid: string | null
  user: string
  damage: string | null
  created_at: number
  description: string | null
  stage: string | null
  tags: string | null
  updated_at: number | null
}

const allVersions = `
  SELECT v.kind, m.name AS model, v.model_id, v.version, v.source, v.run_uid, v.run_link, v.logged_model_uid, v.user, v.damage,
    v.created_at, f.description, f.stage, f.tags, f.updated_at
  FROM (
    SELECT 'mlflow' AS kind, model_id, version, source, run_uid, run_link, logged_model_uid, user, NULL AS damage, created_at
    FROM mlflow_version
    UNION ALL
    SELECT 'glyphlab', v.model_id, v.version, 'mlflow-artifacts:/' || r.experiment_id || '/' || v.run_uid || '/artifacts/model',
      v.run_uid, NULL, NULL, '', v.damage, v.created_at
    FROM model_version v LEFT JOIN run r ON r.uid = v.run_uid
  ) v
  JOIN registered_model m ON m.id = v.model_id
  LEFT JOIN registry_fact f ON f.model_id = v.model_id AND f.version = v.version`

/** The registry as MLflow's clients see it: models and versions of either kind, descriptions, tags, stages, aliases. */
export class RegistryStore {
  private readonly store: Store
  private readonly audit: AuditStore
  private readonly moves: AliasStore

  constructor(store: Store, audit: AuditStore) {
    this.store = store
    this.audit = audit
    this.moves = new AliasStore(store, audit)
  }

  private row(name: string): { id: number; created_at: number } | undefined {
    return this.store
      .prepare<[string], { id: number; created_at: number }>(
        'SELECT id, created_at FROM registered_model WHERE name = ?',
      )
      .get(name)
  }

  private idOf(name: string): number {
    const row = this.row(name)
    if (!row) throw new GlyphlabError('NOT_FOUND', `Registered Model with name=${name} not found`)
    return row.id
  }

  has(name: string): boolean {
    return this.row(name) !== undefined
  }

  /** @throws GlyphlabError CONFLICT */
  create(name: string, tags: Record<string, string>, description: string | null): RegistryModel {
    if (this.has(name)) throw new GlyphlabError('CONFLICT', `Registered Model (name=${name}) already exists.`)
    durably(this.store, () => {
      this.store
        .prepare('INSERT INTO registered_model (name, created_at) VALUES (?, ?)')
        .run(name, Date.now())
      this.setFacts(name, 0, { tags, description })
    })
    return this.model(name)
  }

  /** Sets what is given; a version of 0 is the model itself, a tag of null goes. */
  setFacts(
    name: string,
    version: number,
    facts: {
      description?: string | null
      stage?: string
      tags?: Record<string, string | null>
    },
  ): void {
    const model = this.idOf(name)
    const before = this.store
      .prepare<[number, number], { tags: string }>(
        'SELECT tags FROM registry_fact WHERE model_id = ? AND version = ?',
      )
      .get(model, version)
    const tags = { ...((before ? JSON.parse(before.tags) : {}) as Record<string, string>) }
    for (const [key, value] of Object.entries(facts.tags ?? {})) {
      if (value === null) delete tags[key]
      else tags[key] = value
    }
    this.store
      .prepare(
        `INSERT INTO registry_fact (model_id, version, description, stage, tags, updated_at)
         VALUES (@model, @version, @description, @stage, @tags, @now) ON CONFLICT DO UPDATE SET
           description = coalesce(excluded.description, description), stage = coalesce(excluded.stage, stage),
           tags = excluded.tags, updated_at = excluded.updated_at`,
      )
      .run({
        model,
        version,
        description: facts.description ?? null,
        stage: facts.stage ?? null,
        tags: JSON.stringify(tags),
        now: Date.now(),
      })
  }

  model(name: string): RegistryModel {
    const id = this.idOf(name)
    const facts = this.store
      .prepare<[number], { description: string | null; tags: string; updated_at: number }>(
        'SELECT description, tags, updated_at FROM registry_fact WHERE model_id = ? AND version = 0',
      )
      .get(id)
    const createdAt = this.row(name)?.created_at ?? 0
    return {
      name,
      description: facts?.description ?? '',
      tags: JSON.parse(facts?.tags ?? '{}') as Record<string, string>,
      aliases: Object.fromEntries(this.aliasesOf(id).map(({ alias, version }) => [alias, version])),
      createdAt,
      updatedAt: facts?.updated_at ?? createdAt,
    }
  }

  models(): RegistryModel[] {
    return this.store
      .prepare<[], string>('SELECT name FROM registered_model ORDER BY name')
      .pluck()
      .all()
      .map((name) => this.model(name))
  }

  private aliasesOf(model: number): { alias: string; version: number }[] {
    return this.store
      .prepare<{ model: number }, { alias: string; version: number }>(
        `SELECT alias, version FROM alias WHERE model_id = @model
         UNION ALL SELECT alias, version FROM mlflow_alias WHERE model_id = @model ORDER BY alias`,
      )
      .all({ model })
  }

  rename(name: string, to: string): void {
    const id = this.idOf(name)
    if (this.has(to)) throw new GlyphlabError('CONFLICT', `Registered Model (name=${to}) already exists.`)
    durably(this.store, () => {
      this.store.prepare('UPDATE registered_model SET name = ? WHERE id = ?').run(to, id)
      this.setFacts(to, 0, {})
      this.audit.append('model.renamed', name, { to })
    })
  }

  /** @throws GlyphlabError FORBIDDEN while it has versions that were trained here */
  delete(name: string): void {
    const id = this.idOf(name)
    if (this.versions(name).some(({ kind }) => kind === 'glyphlab'))
      throw new GlyphlabError(
        'FORBIDDEN',
        `The model "${name}" has versions that Glyphlab trained and may serve. They are not deleted from outside.`,
      )
    durably(this.store, () => {
      this.store.prepare('DELETE FROM mlflow_alias WHERE model_id = ?').run(id)
      this.store.prepare('DELETE FROM registered_model WHERE id = ?').run(id)
      this.audit.append('model.deleted', name, {})
    })
  }

  createVersion(version: {
    model: string
    source: string
    runId: string | null
    runLink: string | null
    loggedModelId: string | null
    user: string
    description: string | null
    tags: Record<string, string>
  }): RegistryVersion {
    const id = this.idOf(version.model)
    const number = durably(this.store, () => {
      const next = this.store
        .prepare<[number], number>(
          'UPDATE registered_model SET last_version = last_version + 1 WHERE id = ? RETURNING last_version',
        )
        .pluck()
        .get(id) as number
      this.store
        .prepare(
          `INSERT INTO mlflow_version (model_id, version, source, run_uid, run_link, logged_model_uid, user, created_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(
          id,
          next,
          version.source,
          version.runId,
          version.runLink,
          version.loggedModelId,
          version.user,
          Date.now(),
        )
      this.setFacts(version.model, next, { description: version.description, tags: version.tags })
      this.setFacts(version.model, 0, {})
      this.audit.append('model.registered', `${version.model}/${next}`, {
        kind: 'mlflow',
        runId: version.runId,
        source: version.source,
      })
      return next
    })
    return this.version(version.model, number)
  }

  /** The newest first. */
  versions(name?: string): RegistryVersion[] {
    const rows =
      name === undefined
        ? this.store.prepare<[], VersionRow>(`${allVersions} ORDER BY m.name, v.version DESC`).all()
        : this.store
            .prepare<[number], VersionRow>(`${allVersions} WHERE v.model_id = ? ORDER BY v.version DESC`)
            .all(this.idOf(name))
    return rows.map((row) => this.toVersion(row))
  }

  version(name: string, version: number): RegistryVersion {
    const row = this.store
      .prepare<[number, number], VersionRow>(`${allVersions} WHERE v.model_id = ? AND v.version = ?`)
      .get(this.idOf(name), version)
    if (!row)
      throw new GlyphlabError('NOT_FOUND', `Model Version (name=${name}, version=${version}) not found`)
    return this.toVersion(row)
  }

  private toVersion(row: VersionRow): RegistryVersion {
    return {
      kind: row.kind,
      model: row.model,
      version: row.version,
      source: row.source ?? '',
      runId: row.run_uid,
      runLink: row.run_link,
      loggedModelId: row.logged_model_uid,
      user: row.user,
      description: row.description ?? '',
      stage: row.stage ?? 'None',
      tags: JSON.parse(row.tags ?? '{}') as Record<string, string>,
      aliases: this.aliasesOf(row.model_id)
        .filter(({ version }) => version === row.version)
        .map(({ alias }) => alias),
      damage: row.damage,
      createdAt: row.created_at,
      updatedAt: row.updated_at ?? row.created_at,
    }
  }

  /** @throws GlyphlabError FORBIDDEN for one that was trained here */
  deleteVersion(name: string, version: number): void {
    const { kind } = this.version(name, version)
    if (kind === 'glyphlab')
      throw new GlyphlabError(
        'FORBIDDEN',
        `${name}/${version} was trained by Glyphlab, which may serve it. It is not deleted from outside.`,
      )
    const id = this.idOf(name)
    durably(this.store, () => {
      this.store.prepare('DELETE FROM mlflow_version WHERE model_id = ? AND version = ?').run(id, version)
      this.store.prepare('DELETE FROM registry_fact WHERE model_id = ? AND version = ?').run(id, version)
      this.setFacts(name, 0, {})
      this.audit.append('model.versionDeleted', `${name}/${version}`, {})
    })
  }

  /** Points an alias at a version of either kind; null removes it. @throws GlyphlabError CONFLICT naming the gates that hold it back */
  setAlias(name: string, alias: string, version: number | null): void {
    const id = this.idOf(name)
    const kind = version === null ? null : this.version(name, version).kind
    durably(this.store, () => {
      const facts = { kind: 'moved', reason: '', by: 'MLflow client' } as const
      this.moves.record(name, alias, this.moves.target(name, alias), version, facts)
      for (const table of ['alias', 'mlflow_alias'])
        this.store.prepare(`DELETE FROM ${table} WHERE model_id = ? AND alias = ?`).run(id, alias)
      if (kind !== null)
        this.store
          .prepare(
            `INSERT INTO ${kind === 'glyphlab' ? 'alias' : 'mlflow_alias'} (model_id, alias, version) VALUES (?, ?, ?)`,
          )
          .run(id, alias, version)
    })
  }
}
