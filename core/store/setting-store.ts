import type { z } from 'zod'
import type { Store } from './sqlite.ts'

/** Choices that outlive a start, each a JSON value under its key. */
export class SettingStore {
  private readonly store: Store

  constructor(store: Store) {
    this.store = store
  }

  /** `usual` where nothing was chosen, or what was chosen is no longer understood. */
  get<T>(key: string, schema: z.ZodType<T>, usual: T): T {
    const value = this.store
      .prepare<[string], string>('SELECT value FROM setting WHERE key = ?')
      .pluck()
      .get(key)
    if (value === undefined) return usual
    const parsed = schema.safeParse(JSON.parse(value))
    return parsed.success ? parsed.data : usual
  }

  set(key: string, value: unknown): void {
    this.store
      .prepare(
        'INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
      )
      .run(key, JSON.stringify(value))
  }
}
