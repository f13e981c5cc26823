import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import { GlyphlabError, googleVisionEngine } from '../../contract/index.ts'
import { annotateText } from '../google-vision/annotate.ts'
import { openedKey } from '../google-vision/kept-key.ts'
import { wordsOfAnswer } from '../google-vision/words-of-answer.ts'
import { createPageEngine } from '../page-engine.ts'
import type { GreyPicture, PictureLimits } from '../preprocessing/grey-picture.ts'
import { type OcrEngine, usualManner } from './engine.ts'

export interface GoogleVisionOptions {
  /** The server that the user has agreed to. */
  address: string
  /** Holds the key; looked at for each page, so that none is sent once it is gone. */
  keyFile: string
  /** In base64, opens a key that is encrypted. */
  secret?: string
  /** Longest time for an answer, in ms. */
  answerTimeoutMs?: number
  /** Longest time for one picture, in ms; null for none. */
  pageTimeoutMs?: number | null
}

/** Google takes 10 MB of JSON, in which a picture is a third longer, and 75 million pixels; never cut into strips. */
const mostBytes = 7_000_000
const limits: PictureLimits = { width: 30_000, height: Number.MAX_SAFE_INTEGER, pixels: 40_000_000 }

/** As PNG, or as JPEG where that would be too large. @throws GlyphlabError INVALID_INPUT */
async function pictureFile({ pixels, width, height }: GreyPicture): Promise<Buffer> {
  const picture = () =>
    sharp(pixels, { raw: { width, height, channels: 1 }, limitInputPixels: false }).toColourspace('b-w')
  const png = await picture().png().toBuffer()
  if (png.length <= mostBytes) return png
  for (const quality of [90, 75, 50]) {
    const jpeg = await picture().jpeg({ quality }).toBuffer()
    if (jpeg.length <= mostBytes) return jpeg
  }
  throw new GlyphlabError(
    'INVALID_INPUT',
    'The picture is larger than the 7 MB that Google takes. Scale it down.',
  )
}

async function keyIn(file: string, secret: string | undefined): Promise<string> {
  const kept = await readFile(file, 'utf8').catch(() => null)
  const key = kept && openedKey(kept, secret === undefined ? null : Buffer.from(secret, 'base64'))
  if (key) return key
  throw new GlyphlabError(
    'FORBIDDEN',
    'Google Cloud Vision has no key any more, so nothing was sent. Set it up in the settings, or choose another engine.',
  )
}

/**
 * Google Cloud Vision, or any server of its shape: the one engine that sends pictures away. What is sent is the page in
 * grey as it is displayed, without the file's name and metadata, once: what is paid is one page, so `auto` tries nothing.
 */
export function createGoogleVisionEngine(options: GoogleVisionOptions): OcrEngine {
  const { address, keyFile, secret, answerTimeoutMs = 60_000, pageTimeoutMs = null } = options
  const engine = createPageEngine({
    id: googleVisionEngine,
    title: 'Google Cloud Vision',
    // It finds out by itself, and mixes them (ISO 639-2: undetermined).
    language: 'und',
    pageTimeoutMs,
    limits,
    once: true,
    async start() {
      const stop = new AbortController()
      return {
        async read(picture) {
          const key = await keyIn(keyFile, secret)
          const file = await pictureFile(picture)
          return wordsOfAnswer(
            await annotateText(file, { address, key, answerTimeoutMs }, stop.signal),
            picture,
          )
        },
        // It reads pages that lie on their side.
        uprightTurn: async () => 0,
        stop: async () => stop.abort(),
      }
    },
  })
  return {
    ...engine,
    async read(bytes, name, manner = usualManner) {
      const once = manner.preprocessing === 'auto' ? { ...manner, preprocessing: 'none' as const } : manner
      try {
        return await engine.read(bytes, name, once)
      } catch (cause) {
        if (!(cause instanceof GlyphlabError) || cause.message.startsWith(name)) throw cause
        throw new GlyphlabError(cause.code, `${name}: ${cause.message}`, cause.details, { cause })
      }
    },
  }
}
