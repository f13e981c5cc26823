import type { ModelCard, VersionFacts } from '../contract/index.ts'
import type { AuditStore } from './audit-store.ts'
import type { Store } from './sqlite.ts'

/** What people write of model versions: edited cards, descriptions and tags. */
export class CardStore {
  private readonly store: Store
  private readonly audit: AuditStore

  constructor(store: Store, audit: AuditStore) {
    this.store = store
    this.audit = audit
  }

  /** Null: nobody has edited it. */
  card(model: string, version: number): ModelCard | null {
    const row = this.store
      .prepare<{ model: string; version: number }, { text: string; updated_at: number }>(
        `SELECT text, updated_at FROM model_card WHERE version = @version
         AND model_id = (SELECT id FROM registered_model WHERE name = @model)`,
      )
      .get({ model, version })
    return row ? { text: row.text, editedAt: row.updated_at } : null
  }

  /** Null forgets the edited card. */
  setCard(model: string, version: number, text: string | null): void {
    const place = { model, version }
    this.store.transaction(() => {
      this.store
        .prepare(
          'DELETE FROM model_card WHERE version = @version AND model_id = (SELECT id FROM registered_model WHERE name = @model)',
        )
        .run(place)
      if (text !== null)
        this.store
          .prepare(
            `INSERT INTO model_card (model_id, version, text, updated_at)
             SELECT id, @version, @text, @now FROM registered_model WHERE name = @model`,
          )
          .run({ ...place, text, now: Date.now() })
      this.audit.append(text === null ? 'model.cardReset' : 'model.cardEdited', `${model}/${version}`, {})
    })()
  }

  facts(model: string, version: number): VersionFacts {
    const row = this.store
      .prepare<{ model: string; version: number }, { description: string | null; tags: string }>(
        `SELECT description, tags FROM registry_fact WHERE version = @version
         AND model_id = (SELECT id FROM registered_model WHERE name = @model)`,
      )
      .get({ model, version })
    return {
      description: row?.description ?? '',
      tags: JSON.parse(row?.tags ?? '{}') as Record<string, string>,
    }
  }
}
