import fs from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import Database, { type Database as Connection } from 'better-sqlite3'
import { GlyphlabError } from '../../contract/index.ts'

const magic = 'SQLite format 3\0'
/** Byte of the file's header: 2 where the database writes a log ahead. */
const readVersionAt = 19

/** A database that somebody else owns, for reading. */
export interface SqliteSource {
  rows(sql: string, ...bound: unknown[]): Iterable<Record<string, unknown>>
  /** Of a table; none where there is no such table. */
  columns(table: string): Set<string>
  close(): void
}

/** Whether a file begins as SQLite's do. */
export function isSqlite(file: string): boolean {
  const head = Buffer.alloc(magic.length)
  try {
    const handle = fs.openSync(file, 'r')
    try {
      fs.readSync(handle, head, 0, head.length, 0)
    } finally {
      fs.closeSync(handle)
    }
  } catch {
    return false
  }
  return head.toString('latin1') === magic
}

/**
 * Opens a database without writing anything beside it: one with a log ahead, or a journal that is hot, needs writing to be
 * read, and is read in a copy.
 * @throws GlyphlabError UNREADABLE_FILE
 */
export function openSqliteSource(file: string): SqliteSource {
  let copy: string | undefined
  let connection: Connection
  try {
    const head = Buffer.alloc(100)
    const handle = fs.openSync(file, 'r')
    fs.readSync(handle, head, 0, head.length, 0)
    fs.closeSync(handle)
    const besides = ['-wal', '-journal'].filter((suffix) => fs.existsSync(file + suffix))
    if (head[readVersionAt] === 2 || besides.length > 0) {
      copy = fs.mkdtempSync(path.join(tmpdir(), 'glyphlab-runs-'))
      for (const suffix of ['', ...besides])
        fs.copyFileSync(file + suffix, path.join(copy, `source.db${suffix}`), fs.constants.COPYFILE_FICLONE)
    }
    const place = copy === undefined ? file : path.join(copy, 'source.db')
    connection = new Database(place, { readonly: copy === undefined, fileMustExist: true })
    connection.pragma('schema_version')
  } catch (cause) {
    if (copy !== undefined) fs.rmSync(copy, { recursive: true, force: true })
    throw new GlyphlabError(
      'UNREADABLE_FILE',
      `${file} can't be read as an SQLite database: ${cause instanceof Error ? cause.message : cause}. Ask its owner for a whole copy.`,
      undefined,
      { cause },
    )
  }
  return {
    rows: (sql, ...bound) => connection.prepare<unknown[], Record<string, unknown>>(sql).iterate(...bound),
    columns: (table) =>
      new Set(
        connection
          .prepare<[string], { name: string }>('SELECT name FROM pragma_table_info(?)')
          .all(table)
          .map(({ name }) => name),
      ),
    close() {
      connection.close()
      if (copy !== undefined) fs.rmSync(copy, { recursive: true, force: true })
    },
  }
}

/** Whether a file is an SQLite database that has all of these tables. */
export function hasTables(file: string, tables: readonly string[]): boolean {
  if (!isSqlite(file)) return false
  try {
    const source = openSqliteSource(file)
    try {
      return tables.every((table) => source.columns(table).size > 0)
    } finally {
      source.close()
    }
  } catch {
    return false
  }
}

const databaseName = /\.(db|sqlite3?|sqlite)$/i

/** The databases of a source: the file itself, or those in the folder and one level below. */
export const databasesOf = ({
  isFolder,
  root,
  files,
}: {
  isFolder: boolean
  root: string
  files: readonly string[]
}) =>
  isFolder
    ? files
        .filter((file) => databaseName.test(file) && file.split('/').length <= 2)
        .map((file) => path.join(root, file))
    : [root]
