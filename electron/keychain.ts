import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { safeStorage } from 'electron'

/** Without a real keychain Linux would encrypt with a password that is in every Chromium. */
function isThere(): boolean {
  if (!safeStorage.isEncryptionAvailable()) return false
  return (
    process.platform !== 'linux' ||
    !['basic_text', 'unknown'].includes(safeStorage.getSelectedStorageBackend())
  )
}

/**
 * The secret with which the engine encrypts the keys that it keeps, in base64. It lies in a file that the system's
 * keychain alone opens (Keychain, DPAPI, libsecret, KWallet), which is asked only once there is something to keep.
 * @param create whether to make a secret where there is none yet
 * @returns null where there is no keychain, or none was needed yet
 */
export function keychainSecret(folder: string, create: boolean): string | null {
  const file = path.join(folder, 'keychain')
  if (!create && !existsSync(file)) return null
  if (!isThere()) return null
  try {
    return safeStorage.decryptString(readFileSync(file))
  } catch {
    // There is none, or the keychain was made anew and opens it no more.
    if (!create) return null
  }
  const secret = randomBytes(32).toString('base64')
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${file}.new`, safeStorage.encryptString(secret), { mode: 0o600, flush: true })
  renameSync(`${file}.new`, file)
  return secret
}
