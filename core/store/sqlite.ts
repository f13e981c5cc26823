import { copyFileSync, existsSync, rmSync } from 'node:fs'
import Database from 'better-sqlite3'
import { GlyphlabError } from '../contract/index.ts'
import { isDiskFull, storageError } from '../domain/disk-full.ts'
import { numberIn } from '../domain/number-in.ts'
import { migrations as allMigrations } from './migrations/index.ts'

export type Store = Database.Database

function schemaVersion(store: Store): number {
  return store.pragma('user_version', { simple: true }) as number
}

function migrate(store: Store, file: string, migrations: readonly string[]): void {
  const from = schemaVersion(store)
  if (from > migrations.length) {
    throw new GlyphlabError(
      'UNSUPPORTED',
      `${file} was written by a newer Glyphlab (schema ${from}, this one knows ${migrations.length}). ` +
        'It was left untouched: open it with that version, or choose another data folder.',
    )
  }
  if (from === migrations.length) return
  if (from > 0) {
    store.pragma('wal_checkpoint(TRUNCATE)')
    const backup = `${file}.schema-${from}.backup`
    try {
      copyFileSync(file, backup)
    } catch (cause) {
      rmSync(backup, { force: true })
      throw storageError(cause, backup)
    }
  }
  for (const [index, sql] of migrations.entries()) {
    if (index < from) continue
    store.transaction(() => {
      store.exec(sql)
      store.pragma(`user_version = ${index + 1}`)
    })()
  }
}

/**
 * Opens the one SQLite file, migrating it where it is older (after a backup beside it).
 * @throws GlyphlabError UNSUPPORTED when the file comes from a newer version; DAMAGED when it is no database; DISK_FULL
 * when there is no room for a new database or a migration.
 */
export function openStore(file: string, migrations: readonly string[] = allMigrations): Store {
  try {
    return open(file, migrations, 'NORMAL')
  } catch (cause) {
    if (!isDiskFull(cause)) throw cause
    // The index of the log is a file of 32 kB; the one user of a database may hold it in memory instead.
    // (https://sqlite.org/wal.html#noshm)
    return open(file, migrations, 'EXCLUSIVE')
  }
}

function open(file: string, migrations: readonly string[], locking: 'NORMAL' | 'EXCLUSIVE'): Store {
  const existed = existsSync(file)
  let store: Store | undefined
  try {
    store = new Database(file, { timeout: 5_000 })
    store.pragma(`locking_mode = ${locking}`)
    if (existed && schemaVersion(store) > migrations.length) migrate(store, file, migrations)
    store.pragma('journal_mode = WAL')
    store.pragma('synchronous = NORMAL')
    store.pragma('foreign_keys = ON')
    store.pragma('temp_store = MEMORY')
    store.pragma('cache_size = -65536')
    migrate(store, file, migrations)
    addFunctions(store)
    return store
  } catch (cause) {
    store?.close()
    if (
      cause instanceof Database.SqliteError &&
      (cause.code === 'SQLITE_NOTADB' || cause.code === 'SQLITE_CORRUPT')
    ) {
      throw new GlyphlabError(
        'DAMAGED',
        `${file} is not a readable database (${cause.message}). Move it away, or put a backup in its place; it was left untouched.`,
        undefined,
        { cause },
      )
    }
    throw storageError(cause, file)
  }
}

/** What searches need and SQLite lacks: the number that a text is, or NULL, and lower case of any script. */
function addFunctions(store: Store): void {
  store.function('as_number', { deterministic: true }, (value: unknown) =>
    typeof value === 'string' ? numberIn(value) : value,
  )
  store.function('fold', { deterministic: true }, (value: unknown) =>
    typeof value === 'string' ? value.toLowerCase() : value,
  )
}

/** A transaction that is on the disk, not only in the log, when it returns: for promotions and the audit log. */
export function durably<T>(store: Store, write: () => T): T {
  store.pragma('synchronous = FULL')
  try {
    return store.transaction(write).immediate()
  } finally {
    store.pragma('synchronous = NORMAL')
  }
}
