import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const prefix = 'sealed:1:'
const cipher = 'aes-256-gcm'
const [ivBytes, tagBytes] = [12, 16]

export const isSealed = (kept: string): boolean => kept.startsWith(prefix)

/** The key, encrypted with a secret that only this computer's keychain gives. @param secret 32 bytes */
export function sealedKey(key: string, secret: Buffer): string {
  const iv = randomBytes(ivBytes)
  const sealing = createCipheriv(cipher, secret, iv)
  const hidden = Buffer.concat([sealing.update(key, 'utf8'), sealing.final()])
  return `${prefix}${Buffer.concat([iv, sealing.getAuthTag(), hidden]).toString('base64')}`
}

/** The key as it is kept, sealed or not; null where the secret does not open it. */
export function openedKey(kept: string, secret: Buffer | null): string | null {
  const text = kept.trim()
  if (!isSealed(text)) return text
  if (secret === null) return null
  const bytes = Buffer.from(text.slice(prefix.length), 'base64')
  try {
    const opening = createDecipheriv(cipher, secret, bytes.subarray(0, ivBytes))
    opening.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
    return opening.update(bytes.subarray(ivBytes + tagBytes), undefined, 'utf8') + opening.final('utf8')
  } catch {
    return null
  }
}
