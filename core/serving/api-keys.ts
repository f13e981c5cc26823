import { createHash, randomBytes } from 'node:crypto'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { z } from 'zod'
import { GlyphlabError } from '../contract/index.ts'

export const keyScopes = ['predict', 'metrics', 'admin'] as const
export const keyScope = z.enum(keyScopes)
export type KeyScope = z.infer<typeof keyScope>

const storedKey = z.strictObject({
  /** The key's public part, by which logs name it. */
  id: z.string().regex(/^[a-z0-9]{8}$/),
  name: z.string().default(''),
  /** sha256 of the whole key. Keys hold 256 random bits, so that a slow hash would add nothing. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  scopes: z.array(keyScope).min(1),
  /** Requests a second in the long run, and at once; null: no limit. */
  ratePerSecond: z.number().positive().nullable().default(null),
  burst: z.number().int().min(1).nullable().default(null),
  /** ISO 8601; null: never. */
  expires: z.iso.datetime().nullable().default(null),
})
export type StoredKey = z.infer<typeof storedKey>

const keyFile = z.strictObject({ keys: z.array(storedKey) })

export interface NewKey {
  name: string
  scopes: KeyScope[]
  ratePerSecond: number | null
  burst: number | null
  expires: string | null
}

export const keyDigest = (key: string): string => createHash('sha256').update(key).digest('hex')

/** A new key `glk_<id>_<256 random bits>`, shown once, and what is stored of it. */
export function createKey({ burst, ...rest }: NewKey): { key: string; stored: StoredKey } {
  const id = randomBytes(4).toString('hex')
  const key = `glk_${id}_${randomBytes(32).toString('base64url')}`
  const atOnce = burst ?? (rest.ratePerSecond === null ? null : Math.max(1, Math.ceil(rest.ratePerSecond)))
  return { key, stored: { id, sha256: keyDigest(key), burst: atOnce, ...rest } }
}

/** @throws GlyphlabError INVALID_INPUT, naming `source` */
export function parseKeys(text: string, source: string): StoredKey[] {
  try {
    return keyFile.parse(JSON.parse(text)).keys
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause)
    throw new GlyphlabError(
      'INVALID_INPUT',
      `${source}: not a list of API keys (${reason}). Make one with "glyphlab deploy key".`,
    )
  }
}

/**
 * Adds a key to the file, which is made when it is missing and replaced in one step; a new one is readable by its owner only.
 * @throws GlyphlabError INVALID_INPUT when the file holds something else
 */
export async function addKey(file: string, wanted: NewKey): Promise<{ key: string; stored: StoredKey }> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return '{"keys":[]}'
    throw new GlyphlabError('INVALID_INPUT', `${file}: can't be read (${cause.message}).`)
  })
  const keys = parseKeys(text, file)
  const made = createKey(wanted)
  const fresh = `${file}.new-${randomBytes(4).toString('hex')}`
  try {
    const handle = await open(fresh, 'wx', 0o600)
    // A file that was opened to a container's user stays so; it holds digests only.
    const before = await stat(file).catch(() => null)
    if (before) await handle.chmod(before.mode & 0o777)
    try {
      await handle.writeFile(`${JSON.stringify({ keys: [...keys, made.stored] }, null, 2)}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(fresh, file)
  } catch (cause) {
    await rm(fresh, { force: true })
    throw new GlyphlabError('INVALID_INPUT', `${file}: can't be written (${cause}).`)
  }
  return made
}
