import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { GlyphlabError } from '../contract/index.ts'

/** An Ed25519 key that signs bundles. */
export interface SigningKey {
  /** SPKI, PEM */
  publicKey: string
  /** `SHA256:<base64>` over the public key's DER, to compare by eye. */
  fingerprint: string
  /** @returns the signature, base64 */
  sign(bytes: Buffer): string
}

/** A key that lives as long as this process. */
export const makeSigningKey = (): SigningKey => signingKey(generateKeyPairSync('ed25519').privateKey)

/**
 * The user's key in `file` (PKCS#8, PEM, readable by this user alone), made when it is not there.
 * @throws GlyphlabError DAMAGED when the file holds something else; INTERNAL when it can't be read or written
 */
export async function loadSigningKey(file: string): Promise<SigningKey> {
  const text = (await readKey(file)) ?? (await makeKeyFile(file))
  try {
    const key = createPrivateKey(text)
    if (key.asymmetricKeyType === 'ed25519') return signingKey(key)
  } catch {
    // Said below.
  }
  throw new GlyphlabError(
    'DAMAGED',
    `${file}: not an Ed25519 key in PEM. Restore it from a backup; or move it away, and a new key is made.`,
  )
}

async function readKey(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null
    throw new GlyphlabError('INTERNAL', `${file}: the key that signs bundles can't be read (${cause}).`)
  }
}

async function makeKeyFile(file: string): Promise<string> {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  try {
    const handle = await open(file, 'wx', 0o600)
    try {
      await handle.writeFile(pem)
      await handle.sync()
    } finally {
      await handle.close()
    }
    return pem
  } catch (cause) {
    throw new GlyphlabError('INTERNAL', `${file}: the key that signs bundles can't be written (${cause}).`)
  }
}

function signingKey(privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString()
  return {
    publicKey,
    fingerprint: fingerprintOf(publicKey),
    sign: (bytes) => sign(null, bytes, privateKey).toString('base64'),
  }
}

/** @param publicKey SPKI, PEM. @throws when it is no key */
export function fingerprintOf(publicKey: string): string {
  const der = createPublicKey(publicKey).export({ type: 'spki', format: 'der' })
  return `SHA256:${createHash('sha256').update(der).digest('base64').replace(/=+$/, '')}`
}

/** Whether `signature` (base64) is this key's over these bytes; a key or signature of another form is a no. */
export function isSignedBy(publicKey: string, bytes: Buffer, signature: string): boolean {
  try {
    return verify(null, bytes, createPublicKey(publicKey), Buffer.from(signature, 'base64'))
  } catch {
    return false
  }
}
