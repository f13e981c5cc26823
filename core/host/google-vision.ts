import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import {
  GlyphlabError,
  type GoogleVision,
  googleVisionAddress,
  type googleVisionChange,
  googleVisionPrice,
} from '../contract/index.ts'
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

type Own = Pick<Services, 'home' | 'settings'>

/** How Google Cloud Vision is set up; its key is told to nobody. */
export function visionStatus({ home, settings }: Own): GoogleVision {
  const chosen = settings.get(settingKey, choice, usual)
  const hasKey = existsSync(visionKeyFile(home))
  return { ...chosen, hasKey, ready: hasKey && chosen.agreedAt !== null }
}

/** Where pictures may be sent, and the file with the key. @throws GlyphlabError FORBIDDEN unless the user has agreed */
export function agreedVision(services: Own): { address: string; keyFile: string } {
  const { address, hasKey, agreedAt } = visionStatus(services)
  if (agreedAt === null || !hasKey)
    throw new GlyphlabError(
      'FORBIDDEN',
      `Google Cloud Vision would send your pictures to ${new URL(address).host}, and ${
        agreedAt === null ? 'you have not agreed to that' : 'has no key'
      }: nothing was sent. Set it up in the settings, or with \`ocr google-vision --key-file FILE --agree\`.`,
    )
  return { address, keyFile: visionKeyFile(services.home) }
}

/** Before each page: a reading that runs sends nothing more once the agreement is taken back or moved. @throws GlyphlabError FORBIDDEN */
export function checkAgreement(services: Own, engine: EngineChoice | undefined): void {
  if (engine?.kind !== 'google-vision' || agreedVision(services).address === engine.address) return
  throw new GlyphlabError(
    'FORBIDDEN',
    `The address of Google Cloud Vision was changed while this reading waited: nothing was sent to ${new URL(engine.address).host}. Read the page again.`,
  )
}

function writeKey(home: string, key: string): void {
  const file = visionKeyFile(home)
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  const fresh = `${file}.new-${process.pid}`
  writeFileSync(fresh, key, { mode: 0o600, flush: true })
  renameSync(fresh, file)
}

/** Sets what is given. Agreement is to one address: another needs another. */
export function setVision(
  services: Services,
  { key, address, pricePerThousand, agree }: z.output<typeof googleVisionChange>,
): GoogleVision {
  const { home, store, settings, audit } = services
  const before = settings.get(settingKey, choice, usual)
  const after = { ...before, address: address ?? before.address }
  if (pricePerThousand !== undefined) after.pricePerThousand = pricePerThousand
  if (after.address !== before.address || agree === false) after.agreedAt = null
  if (agree === true) after.agreedAt ??= Date.now()
  if (key !== undefined) writeKey(home, key)
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
