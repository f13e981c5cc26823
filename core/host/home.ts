import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import Database from 'better-sqlite3'
import { GlyphlabError } from '../contract/index.ts'
import { isDiskFull, storageError } from '../domain/disk-full.ts'
import { engineSocket } from '../domain/engine-place.ts'

export { resolveHome } from '../domain/engine-place.ts'

/** The key that signs what this user exports. */
export const signingKeyFile = (home: string): string => path.join(home, 'keys', 'bundles.pem')

/** The key of Google Cloud Vision. */
export const visionKeyFile = (home: string): string => path.join(home, 'keys', 'google-vision.key')

/** What MLflow servers want to know of who sends them runs. */
export const serverAccessFile = (home: string): string => path.join(home, 'keys', 'mlflow-servers.json')

/** Where the engine of a data folder listens. @throws GlyphlabError FORBIDDEN where others could listen in */
export function socketPath(home: string): string {
  const { socket, folder } = engineSocket(home)
  if (folder === null) return socket
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
  const facts = fs.lstatSync(folder)
  if (!facts.isDirectory() || facts.uid !== os.userInfo().uid || (facts.mode & 0o077) !== 0) {
    throw new GlyphlabError(
      'FORBIDDEN',
      `${folder} is not a private folder of this user. Remove it, or set XDG_RUNTIME_DIR.`,
    )
  }
  return socket
}

/**
 * Makes this process the one writer of a data folder. The lock is SQLite's own on a small file: it ends with the
 * process, however that ends.
 * @throws GlyphlabError CONFLICT when another engine has the folder.
 */
export function lockHome(home: string): () => void {
  try {
    fs.mkdirSync(home, { recursive: true })
  } catch (cause) {
    if (isDiskFull(cause)) throw storageError(cause, home)
    throw new GlyphlabError(
      'FORBIDDEN',
      `The data folder ${home} can't be made (${(cause as Error).message}). Choose another with --home.`,
      undefined,
      { cause },
    )
  }
  const lock = new Database(path.join(home, 'engine.lock'), { timeout: 0 })
  try {
    // A journal on the disk would need room, for a transaction that writes nothing.
    lock.pragma('journal_mode = MEMORY')
    lock.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    if (isDiskFull(cause)) throw storageError(cause, home)
    throw new GlyphlabError('CONFLICT', `The data folder ${home} is in use by another Glyphlab.`, undefined, {
      cause,
    })
  }
  return () => lock.close()
}
