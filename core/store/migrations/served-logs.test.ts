import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { BlobFiles } from '../../blobs/blob-files.ts'
import { BlobStore } from '../blob-store.ts'
import { Reserve } from '../reserve.ts'
import { ServedLogStore } from '../served-log-store.ts'
import { openStore } from '../sqlite.ts'
import { servedLogs } from './0016-served-logs.ts'
import { migrations } from './index.ts'

it('makes room for the logs of services in a database that had none, and what was stored stays', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'glyphlab-migration-'))
  try {
    const file = path.join(folder, 'glyphlab.sqlite')
    const before = openStore(file, migrations.slice(0, migrations.indexOf(servedLogs)))
    before.exec("INSERT INTO experiment (name, created_at) VALUES ('kept', 5)")
    before.close()
    const store = openStore(file)
    expect(store.prepare("SELECT count(*) FROM experiment WHERE name = 'kept'").pluck().get()).toBe(1)
    const blobs = new BlobStore(store, new BlobFiles(folder), new Reserve(folder))
    const logs = new ServedLogStore(store, blobs)
    const logId = logs.open('service')
    const { hash } = await blobs.addBytes(Buffer.from('a picture'))
    expect(logs.keepKnown(logId, [hash, 'f'.repeat(64)])).toEqual(['f'.repeat(64)])
    await blobs.collectGarbage()
    expect(blobs.holds(hash)).toBe(true)
    logs.delete('service')
    await blobs.collectGarbage()
    expect(blobs.holds(hash)).toBe(false)
    store.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
