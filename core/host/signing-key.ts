import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import path from 'node:path'
import { GlyphlabError } from '../contract/index.ts'
import type { MoveSignature } from '../store/alias-store.ts'
import { signingKeyFile } from './home.ts'

/** The account that the engine runs for. */
export function accountName(): string {
  try {
    return userInfo().username
  } catch {
    // A container may run under a number that has no name.
    return String(process.getuid?.() ?? '')
  }
}

/** The user's Ed25519 key, which signs bundles too: made when it is first needed, readable by this account only. */
export class SigningKey {
  private readonly file: string

  constructor(home: string) {
    this.file = signingKeyFile(home)
  }

  private load(): KeyObject {
    if (!existsSync(this.file)) {
      const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })
      mkdirSync(path.dirname(this.file), { recursive: true, mode: 0o700 })
      const fresh = `${this.file}.new-${process.pid}`
      writeFileSync(fresh, pem, { mode: 0o600, flush: true })
      renameSync(fresh, this.file)
    }
    try {
      return createPrivateKey(readFileSync(this.file))
    } catch (cause) {
      throw new GlyphlabError(
        'DAMAGED',
        `${this.file} holds no key (${cause instanceof Error ? cause.message : cause}). Put it back from a backup, or remove it: a new one is made then.`,
      )
    }
  }

  sign(statement: string): MoveSignature {
    const key = this.load()
    return {
      publicKey: createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64'),
      signature: sign(null, Buffer.from(statement), key).toString('base64'),
    }
  }
}

/** The key's fingerprint (sha256 of its SPKI form), and whether it has signed the statement. */
export function verifySigned(
  statement: string,
  { publicKey, signature }: MoveSignature,
): { key: string; valid: boolean } {
  const der = Buffer.from(publicKey, 'base64')
  const key = createHash('sha256').update(der).digest('hex')
  try {
    const spki = createPublicKey({ key: der, type: 'spki', format: 'der' })
    return { key, valid: verify(null, Buffer.from(statement), spki, Buffer.from(signature, 'base64')) }
  } catch {
    return { key, valid: false }
  }
}
