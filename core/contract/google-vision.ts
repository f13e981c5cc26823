import { z } from 'zod'
import { timestamp } from './entities.ts'

/** The engine's name, as `pages.read` takes it. */
export const googleVisionEngine = 'google-vision'
export const googleVisionAddress = 'https://vision.googleapis.com'
/** US dollars for 1,000 pages after the first 1,000 of a month, which are free: https://cloud.google.com/vision/pricing */
export const googleVisionPrice = 1.5

const isLoopback = (host: string): boolean => /^(127(\.\d+){3}|localhost|\[::1\])$/.test(host)

/** An address with what may follow it taken off. @throws TypeError for what is no address */
function plainAddress(text: string): URL {
  const url = new URL(text.trim())
  url.pathname = url.pathname.replace(/\/v1\/images:annotate\/?$/, '').replace(/\/+$/, '')
  url.search = ''
  url.hash = ''
  return url
}

/** A server that answers `POST /v1/images:annotate`: the key and the pictures travel encrypted, or stay on this machine. */
const visionAddress = z
  .string()
  .max(2_000)
  .refine(
    (text) => URL.canParse(text.trim()),
    'no address: it begins with https://, such as https://vision.googleapis.com',
  )
  .refine((text) => {
    if (!URL.canParse(text.trim())) return true
    const { protocol, hostname, username, password } = new URL(text.trim())
    return (
      username === '' &&
      password === '' &&
      (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname)))
    )
  }, 'pictures and the key are sent by https:// only (http:// on this machine), to an address without a name and password in it')
  .transform((text) => plainAddress(text).href.replace(/\/$/, ''))

/** Travels in a header: visible ASCII. */
const visionKey = z
  .string()
  .trim()
  .regex(/^[\x21-\x7e]{1,500}$/, 'no key: it is one word of letters, digits and signs')

export const googleVisionChange = z.object({
  /** Kept in a file of the data folder that only this account may read, encrypted where there is a keychain; never told again. */
  key: visionKey.optional(),
  address: visionAddress.optional(),
  /** US dollars. */
  pricePerThousand: z.number().min(0).max(100_000).optional(),
  /** Whether pictures may be sent to the address. Another address needs another yes. */
  agree: z.boolean().optional(),
})

export const googleVision = z.object({
  address: z.string(),
  pricePerThousand: z.number(),
  hasKey: z.boolean(),
  /** `locked`: encrypted by a keychain that is not open, as for a script without the desktop app. Null without a key. */
  keyKept: z.enum(['keychain', 'file', 'locked']).nullable(),
  /** When the user agreed that pictures are sent to this address; null: nothing is sent. */
  agreedAt: timestamp.nullable(),
  /** Whether it can read: there is a key, and the user has agreed. */
  ready: z.boolean(),
})
export type GoogleVision = z.infer<typeof googleVision>

/** What reading would send, and cost at most: free pages are not known here. */
export const visionCost = z.object({
  pages: z.number().int(),
  /** US dollars. */
  cost: z.number(),
  pricePerThousand: z.number(),
  address: z.string(),
})
type VisionCost = z.infer<typeof visionCost>

/** US dollars with cents, and as many places more as a small sum needs. */
export const inDollars = (sum: number): string =>
  sum === 0 || sum >= 0.095 ? `$${sum.toFixed(2)}` : `$${Number(sum.toPrecision(2))}`

/** What is told before pages are sent. */
export const costInWords = ({ pages, cost, pricePerThousand, address }: VisionCost): string =>
  `${pages === 1 ? '1 page is' : `${pages} pages are`} sent to ${new URL(address).host}: ${inDollars(cost)} at ${inDollars(pricePerThousand)} for 1,000 pages.`
