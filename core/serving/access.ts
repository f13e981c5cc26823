import { statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { type KeyScope, keyDigest, parseKeys, type StoredKey } from './api-keys.ts'
import type { Log } from './log.ts'
import { Refusal } from './refusal.ts'
import { TokenBucket } from './token-bucket.ts'

/** Who asks: a key, or nobody in particular where no keys are wanted. */
export interface Caller {
  keyId: string | null
  scopes: readonly KeyScope[]
}

export interface Access {
  /** Whether callers need a key. */
  readonly keysWanted: boolean
  /**
   * @param presented the key that came with the request; null when none came
   * @throws Refusal 401 (no key, an unknown or an expired one), 429 (over the key's rate)
   */
  identify(presented: string | null): Caller
}

/** Without keys: everybody may predict and scrape; admin calls always need a key. */
export const openAccess: Access = {
  keysWanted: false,
  identify: () => ({ keyId: null, scopes: ['predict', 'metrics'] }),
}

class KeyRing {
  readonly #byDigest: Map<string, StoredKey>
  readonly #buckets: Map<string, TokenBucket>

  constructor(keys: readonly StoredKey[]) {
    this.#byDigest = new Map(keys.map((key) => [key.sha256, key]))
    this.#buckets = new Map(
      keys.flatMap(({ id, ratePerSecond, burst }) =>
        ratePerSecond === null ? [] : [[id, new TokenBucket(ratePerSecond, burst ?? 1)] as const],
      ),
    )
  }

  identify(presented: string | null): Caller {
    if (presented === null) throw unauthorised('This server wants an API key: Authorization: Bearer <key>.')
    // Looked up by its digest, so that the time taken says nothing of the keys.
    const key = this.#byDigest.get(keyDigest(presented))
    if (!key) throw unauthorised('This API key is not known here.')
    if (key.expires !== null && Date.parse(key.expires) < Date.now()) {
      throw unauthorised(`The API key ${key.id} has expired.`)
    }
    const wait = this.#buckets.get(key.id)?.take() ?? 0
    if (wait > 0) {
      const message = `The API key ${key.id} may ask ${key.ratePerSecond} times a second. Try again later.`
      throw new Refusal(429, 'UNAVAILABLE', message, { 'Retry-After': String(Math.ceil(wait)) })
    }
    return { keyId: key.id, scopes: key.scopes }
  }
}

/** @throws GlyphlabError INVALID_INPUT when the text holds no keys */
export function accessByKeys(text: string, source: string): Access {
  const ring = new KeyRing(parseKeys(text, source))
  return { keysWanted: true, identify: (presented) => ring.identify(presented) }
}

/**
 * Access by a key file that is read again when it changes, so that a key is added or withdrawn without a restart. A
 * file that can't be read keeps the keys as they were and is named in the log.
 * @throws GlyphlabError INVALID_INPUT when the file holds no keys at the start
 */
export async function accessByKeyFile(
  file: string,
  log: Log,
  everyMs = 1_000,
): Promise<Access & { close(): void }> {
  let ring = new KeyRing(parseKeys(await readKeyFile(file), file))
  let seen = stamp(file)
  const timer = setInterval(async () => {
    const now = stamp(file)
    if (now === seen) return
    seen = now
    try {
      ring = new KeyRing(parseKeys(await readFile(file, 'utf8'), file))
      log('info', 'API keys read again', { file })
    } catch (cause) {
      log('error', 'API keys could not be read again; the ones before stay in force', {
        cause: String(cause),
      })
    }
  }, everyMs)
  timer.unref()
  return {
    keysWanted: true,
    identify: (presented) => ring.identify(presented),
    close: () => clearInterval(timer),
  }
}

const readKeyFile = (file: string) => readFile(file, 'utf8').catch((cause: unknown) => String(cause))

function stamp(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false })
  return found ? `${found.mtimeMs} ${found.size} ${found.ino}` : 'none'
}

function unauthorised(message: string): Refusal {
  return new Refusal(401, 'FORBIDDEN', message, { 'WWW-Authenticate': 'Bearer realm="glyphlab"' })
}
