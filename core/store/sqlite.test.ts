import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GlyphlabError } from '../contract/index.ts'
import { boxClasses } from './migrations/0010-box-classes.ts'
import { migrations } from './migrations/index.ts'
import { openStore } from './sqlite.ts'

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'glyphlab-store-'))
  file = path.join(folder, 'glyphlab.sqlite')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('opening the database', () => {
  it('makes a new one at the newest schema, with the guards on', () => {
    const store = openStore(file)
    expect(store.pragma('user_version', { simple: true })).toBe(migrations.length)
    expect(store.pragma('journal_mode', { simple: true })).toBe('wal')
    expect(store.pragma('foreign_keys', { simple: true })).toBe(1)
    store.close()
  })

  it('migrates an older one, keeps its rows and leaves a backup beside it', () => {
    const store = openStore(file)
    store.prepare("INSERT INTO dataset (id, name, created_at) VALUES ('d', 'kept', 1)").run()
    store.close()
    const next = 'ALTER TABLE dataset ADD COLUMN note TEXT'
    const migrated = openStore(file, [...migrations, next])
    expect(migrated.prepare('SELECT name, note FROM dataset').all()).toEqual([{ name: 'kept', note: null }])
    expect(existsSync(`${file}.schema-${migrations.length}.backup`)).toBe(true)
    migrated.close()
  })

  it('brings the samples of schema 1 along, without annotations', () => {
    const first = openStore(file, migrations.slice(0, 1))
    first.exec(`INSERT INTO dataset VALUES ('d', 'old', 1);
      INSERT INTO dataset_version (uid, dataset_id, number, importer, location, created_at) VALUES ('v', 'd', 1, 'idx', '/x', 1);
      INSERT INTO blob (hash, bytes) VALUES ('h', 1);
      INSERT INTO sample VALUES (1, 0, 'a.png', 1, 0, 28, 28, 'image/png')`)
    first.close()
    const store = openStore(file)
    expect(store.prepare('SELECT path, text, value, group_name, boxes FROM sample').all()).toEqual([
      { path: 'a.png', text: null, value: null, group_name: null, boxes: null },
    ])
    expect(store.prepare('SELECT parents, recipe, tags, note FROM dataset_version').all()).toEqual([
      { parents: '[]', recipe: null, tags: '[]', note: '' },
    ])
    store.close()
  })

  it('knows where the aliases of schema 14 were, from the audit log', () => {
    const fourteenth = openStore(file, migrations.slice(0, 14))
    fourteenth.exec(`INSERT INTO registered_model (id, name, created_at) VALUES (1, 'digits', 1), (2, 'digit', 1);
      INSERT INTO audit_event VALUES
        (1, 5, 'alias.moved', 'digits@champion', '{"from":null,"to":1}', 'h'),
        (2, 6, 'alias.moved', 'digits@champion', '{"from":1,"to":2}', 'h'),
        (3, 7, 'alias.removed', 'digits@champion', '{"from":2,"to":null}', 'h'),
        (4, 8, 'model.registered', 'digits/2', '{}', 'h')`)
    fourteenth.close()
    const store = openStore(file)
    expect(
      store.prepare('SELECT model_id, alias, from_version, to_version, at, kind FROM alias_move').raw().all(),
    ).toEqual([
      [1, 'champion', null, 1, 5, 'moved'],
      [1, 'champion', 1, 2, 6, 'moved'],
      [1, 'champion', 2, null, 7, 'removed'],
    ])
    store.close()
  })

  it('brings the model versions of schema 7 along, never measured', () => {
    const seventh = openStore(file, migrations.slice(0, 7))
    seventh.exec(`INSERT INTO registered_model (id, name, created_at) VALUES (1, 'digits', 1);
      INSERT INTO model_version VALUES (1, 1, 'run', 'name', NULL, NULL, '{}', 'd', '{}', NULL, 1)`)
    seventh.close()
    const store = openStore(file)
    expect(store.prepare('SELECT run_uid, inference, imported_from FROM model_version').all()).toEqual([
      { run_uid: 'run', inference: null, imported_from: null },
    ])
    store.close()
  })

  it('makes what schema 4 has read searchable, as it is corrected', () => {
    const fourth = openStore(file, migrations.slice(0, 4))
    fourth.exec(`INSERT INTO page (uid, name, status, created_at) VALUES ('p', 'a.png', 'read', 1), ('q', 'b.png', 'failed', 1);
      INSERT INTO word VALUES (1, 0, 'wrong', 0.5, 0, 0, 1, 1, 0, 0), (1, 1, 'gone', 0.5, 0, 0, 1, 1, 0, 0), (1, 2, 'kept', 0.5, 0, 0, 1, 1, 0, 0);
      INSERT INTO correction (page_id, position, text, created_at) VALUES (1, 0, 'first', 1), (1, 0, 'right', 1), (1, 1, '', 1), (1, 2, 'x', 1), (1, 2, NULL, 1)`)
    fourth.close()
    const store = openStore(file)
    expect(store.prepare('SELECT rowid, words FROM page_search').all()).toEqual([
      { rowid: 1, words: 'right\nkept' },
    ])
    expect(store.prepare('SELECT language_digest FROM page').pluck().all()).toEqual([null, null])
    store.prepare('DELETE FROM page WHERE id = 1').run()
    expect(store.prepare('SELECT count(*) FROM page_search').pluck().get()).toBe(0)
    store.close()
  })

  it('brings the split of schema 2 along', () => {
    const second = openStore(file, migrations.slice(0, 2))
    second.exec(`INSERT INTO dataset VALUES ('d', 'old', 1);
      INSERT INTO dataset_version (uid, dataset_id, number, importer, location, created_at) VALUES ('v', 'd', 1, 'idx', '/x', 1);
      INSERT INTO split (version_id, name, kind, seed, fractions, counts) VALUES (1, 'default', 'stratified', 42, '{}', '{}')`)
    second.close()
    const store = openStore(file)
    expect(store.prepare('SELECT name, kind, ready, labels, warnings FROM split').all()).toEqual([
      { name: 'default', kind: 'stratified', ready: 1, labels: null, warnings: '[]' },
    ])
    store.close()
  })

  it('brings the versions of schema 3 along, not checked yet', () => {
    const third = openStore(file, migrations.slice(0, 3))
    third.exec(`INSERT INTO dataset VALUES ('d', 'old', 1);
      INSERT INTO dataset_version (uid, dataset_id, number, ready, importer, location, created_at) VALUES ('v', 'd', 1, 1, 'idx', '/x', 1)`)
    third.close()
    const store = openStore(file)
    expect(store.prepare('SELECT uid FROM dataset_version').all()).toEqual([{ uid: 'v' }])
    expect(store.prepare('SELECT * FROM quality_check').all()).toEqual([])
    store.close()
  })

  it('counts the boxes that older versions have, by class and subset', () => {
    const older = openStore(file, migrations.slice(0, migrations.indexOf(boxClasses)))
    older.exec(`INSERT INTO dataset VALUES ('d', 'old', 1);
      INSERT INTO blob (hash, bytes) VALUES ('h', 1);
      INSERT INTO dataset_version (uid, dataset_id, number, ready, importer, location, created_at) VALUES ('v', 'd', 1, 1, 'coco', '/x', 1), ('w', 'd', 2, 1, 'idx', '/y', 1);
      INSERT INTO split (version_id, name, kind, seed, fractions, counts) VALUES (1, 'default', 'stratified', 42, '{}', '{}');
      INSERT INTO split_member VALUES (1, 0, 'train'), (1, 1, 'test');
      INSERT INTO sample (version_id, ordinal, path, blob_id, label, width, height, media_type, boxes) VALUES
        (1, 0, 'a.png', 1, 0, 1, 1, 'image/png', '[{"label":"car"},{"label":"bus"},{"label":"car"}]'),
        (1, 1, 'b.png', 1, 0, 1, 1, 'image/png', '[{"label":"car"}]')`)
    older.close()
    const store = openStore(file)
    const counts = store
      .prepare<[], string>('SELECT box_labels FROM dataset_version ORDER BY id')
      .pluck()
      .all()
    expect(counts.map((text) => JSON.parse(text))).toEqual([
      [
        { label: 'bus', counts: { train: 1, validation: 0, test: 0 }, total: 1 },
        { label: 'car', counts: { train: 2, validation: 0, test: 1 }, total: 3 },
      ],
      [],
    ])
    expect(store.prepare('SELECT reference FROM blob').pluck().all()).toEqual([null])
    store.close()
  })

  it('leaves the database as it was when a migration fails', () => {
    openStore(file).close()
    expect(() =>
      openStore(file, [...migrations, 'ALTER TABLE dataset ADD COLUMN note TEXT; SELECT nonsense']),
    ).toThrow()
    const store = openStore(file)
    expect(store.pragma('user_version', { simple: true })).toBe(migrations.length)
    expect(
      store.prepare("SELECT count(*) AS n FROM pragma_table_info('dataset') WHERE name = 'note'").get(),
    ).toEqual({ n: 0 })
    store.close()
  })

  it('refuses one from a newer version and leaves it untouched', () => {
    const future = new Database(file)
    future.pragma(`user_version = ${migrations.length + 1}`)
    future.close()
    const before = readFileSync(file)
    expect(() => openStore(file)).toThrow(/newer Glyphlab/)
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('names a file that is no database', () => {
    writeFileSync(file, 'this is not a database, but it is long enough to be looked at as one'.repeat(30))
    copyFileSync(file, `${file}.before`)
    let failure: unknown
    try {
      openStore(file)
    } catch (cause) {
      failure = cause
    }
    expect(failure).toBeInstanceOf(GlyphlabError)
    expect((failure as GlyphlabError).code).toBe('DAMAGED')
    expect((failure as GlyphlabError).message).toContain(file)
    expect(readFileSync(file).equals(readFileSync(`${file}.before`))).toBe(true)
  })
})
