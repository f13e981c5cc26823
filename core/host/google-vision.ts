import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import {
  GlyphlabError,
  type GoogleVision,
  googleVisionAddress,
  type googleVisionChange,
  googleVisionPrice,
} from '../contract/index.ts'
import { isSealed, openedKey, sealedKey } from '../ocr/google-vision/kept-key.ts'
import type { EngineChoice } from '../ocr/ocr-message.ts'
import { visionKeyFile } from './home.ts'
import type { Services } from './services.ts'

const settingKey = 'google-vision'
const choice = z.object({
  address: z.string(),
  pricePerThousand: z.number(),
  agreedAt: z.number().nullable(),
})
const usual: z.infer<typeof choice> = {
  address: googleVisionAddress,
  pricePerThousand: googleVisionPrice,
  agreedAt: null,
}

type Own = Pick<Services, 'home' | 'settings' | 'keychain'>

/** The key as it lies in its file; null for none. */
function keptKey(home: string): string | null {
  try {
    return readFileSync(visionKeyFile(home), 'utf8').trim()
  } catch {
    return null
  }
}

function howKept({ home, keychain }: Own): GoogleVision['keyKept'] {
  const kept = keptKey(home)
  if (kept === null) return null
  if (!isSealed(kept)) return 'file'
  return openedKey(kept, keychain.secret) === null ? 'locked' : 'keychain'
}

/** How Google Cloud Vision is set up; its key is told to nobody. */
export function visionStatus(services: Own): GoogleVision {
  const chosen = services.settings.get(settingKey, choice, usual)
  const keyKept = howKept(services)
  const canRead = keyKept === 'file' || keyKept === 'keychain'
  return { ...chosen, hasKey: keyKept !== null, keyKept, ready: canRead && chosen.agreedAt !== null }
}

/** Where pictures may be sent, and the file with the key. @throws GlyphlabError FORBIDDEN unless the user has agreed */
export function agreedVision(services: Own): { address: string; keyFile: string; secret?: string } {
  const { address, hasKey, keyKept, agreedAt } = visionStatus(services)
  if (agreedAt === null || !hasKey)
    throw new GlyphlabError(
      'FORBIDDEN',
      `Google Cloud Vision would send your pictures to ${new URL(address).host}, and ${
        agreedAt === null ? 'you have not agreed to that' : 'has no key'
      }: nothing was sent. Set it up in the settings, or with \`ocr google-vision --key-file FILE --agree\`.`,
    )
  if (keyKept === 'locked')
    throw new GlyphlabError(
      'FORBIDDEN',
      'The key of Google Cloud Vision is encrypted by this computer’s keychain, which only the desktop app opens: nothing was sent. Read with the app open, or set the key again.',
    )
  const { secret } = services.keychain
  return {
    address,
    keyFile: visionKeyFile(services.home),
    ...(keyKept === 'keychain' && secret ? { secret: secret.toString('base64') } : {}),
  }
}

/** Before each page: a reading that runs sends nothing more once the agreement is taken back or moved. @throws GlyphlabError FORBIDDEN */
export function checkAgreement(services: Own, engine: EngineChoice | undefined): void {
  if (engine?.kind !== 'google-vision' || agreedVision(services).address === engine.address) return
  throw new GlyphlabError(
    'FORBIDDEN',
    `The address of Google Cloud Vision was changed while this reading waited: nothing was sent to ${new URL(engine.address).host}. Read the page again.`,
  )
}

function writeKey({ home, keychain: { secret } }: Own, key: string): void {
  const file = visionKeyFile(home)
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  const fresh = `${file}.new-${process.pid}`
  writeFileSync(fresh, secret === null ? key : sealedKey(key, secret), { mode: 0o600, flush: true })
  renameSync(fresh, file)
}

/** From here on keys are encrypted; one that lies open is encrypted now. @param secret 32 bytes */
export function takeKeychain(services: Services, secret: Buffer): void {
  services.keychain.secret = secret
  const kept = keptKey(services.home)
  if (kept !== null && !isSealed(kept)) writeKey(services, kept)
}

/** Sets what is given. Agreement is to one address: another needs another. */
export function setVision(
  services: Services,
  { key, address, pricePerThousand, agree }: z.output<typeof googleVisionChange>,
): GoogleVision {
  const { store, settings, audit } = services
  const before = settings.get(settingKey, choice, usual)
  const after = { ...before, address: address ?? before.address }
  if (pricePerThousand !== undefined) after.pricePerThousand = pricePerThousand
  if (after.address !== before.address || agree === false) after.agreedAt = null
  if (agree === true) after.agreedAt ??= Date.now()
  if (key !== undefined) writeKey(services, key)
  store.transaction(() => {
    settings.set(settingKey, after)
    if (after.agreedAt !== before.agreedAt)
      audit.append(after.agreedAt === null ? 'vision.withdrawn' : 'vision.agreed', after.address, {})
  })()
  return visionStatus(services)
}

/** Forgets the key at once, so that not even a reading that runs sends more, and takes the agreement back. */
export function removeVision(services: Services): GoogleVision {
  rmSync(visionKeyFile(services.home), { force: true })
  return setVision(services, { agree: false })
}
