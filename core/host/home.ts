import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import Database from 'better-sqlite3'
import { GlyphlabError } from '../contract/index.ts'
import { isDiskFull, storageError } from '../domain/disk-full.ts'

/** The data folder: `--home`, `$GLYPHLAB_HOME`, or the platform's place for applications' data. */
export function resolveHome(chosen: string | undefined): string {
  const home = chosen ?? process.env['GLYPHLAB_HOME']
  if (home) return path.resolve(home)
  switch (process.platform) {
    case 'darwin':
      return path.join(os.homedir(), 'Library', 'Application Support', 'Glyphlab')
    case 'win32':
      return path.join(process.env['LOCALAPPDATA'] ?? path.join(os.homedir(), 'AppData', 'Local'), 'Glyphlab')
    default:
      return path.join(process.env['XDG_DATA_HOME'] ?? path.join(os.homedir(), '.local', 'share'), 'glyphlab')
  }
}

/** The key that signs what this user exports. */
export const signingKeyFile = (home: string): string => path.join(home, 'keys', 'bundles.pem')

/**
 * Where the engine of a data folder listens: a socket in a folder that only this user can enter (a path of a socket has
 * at most 107 bytes, so it does not lie in the data folder), or a named pipe on Windows.
 */
export function socketPath(home: string): string {
  const name = createHash('sha256').update(home).digest('hex').slice(0, 16)
  if (process.platform === 'win32') return `\\\\.\\pipe\\glyphlab-${os.userInfo().username}-${name}`
  const { uid } = os.userInfo()
  const folder = path.join(process.env['XDG_RUNTIME_DIR'] ?? os.tmpdir(), `glyphlab-${uid}`)
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
  const facts = fs.lstatSync(folder)
  if (!facts.isDirectory() || facts.uid !== uid || (facts.mode & 0o077) !== 0) {
    throw new GlyphlabError(
      'FORBIDDEN',
      `${folder} is not a private folder of this user. Remove it, or set XDG_RUNTIME_DIR.`,
    )
  }
  return path.join(folder, `${name}.sock`)
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
