import { GlyphlabError } from '../../contract/index.ts'

export const encodings = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const
export type Encoding = (typeof encodings)[number]

/** The encoding that a byte order mark, or the zero bytes of UTF-16 without one, give away; UTF-8 otherwise. */
export function guessEncoding(bytes: Buffer): Encoding {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  const head = bytes.subarray(0, 512)
  const zeros = [0, 0]
  for (const [index, byte] of head.entries()) if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1
  const [even = 0, odd = 0] = zeros
  if (odd > head.length / 4 && odd > 2 * even) return 'utf-16le'
  if (even > head.length / 4 && even > 2 * odd) return 'utf-16be'
  return 'utf-8'
}

/**
 * The text of a file without its byte order mark. `encoding`: as the person says; left out, it is told from the bytes.
 * `cut`: only the beginning of the file is at hand, so its last character may be incomplete.
 * @throws GlyphlabError UNREADABLE_FILE when the bytes are no text in that encoding.
 */
export function decodeText(bytes: Buffer, name: string, encoding?: Encoding, cut = false): string {
  const used = encoding ?? guessEncoding(bytes)
  try {
    return new TextDecoder(used, { fatal: true }).decode(bytes, { stream: cut })
  } catch (cause) {
    const remedy = encoding === undefined ? 'Save it as UTF-8, or name its encoding' : 'Name another encoding'
    throw new GlyphlabError(
      'UNREADABLE_FILE',
      `${name}: not a text in ${used.toUpperCase()}. ${remedy} (${encodings.join(', ')}).`,
      undefined,
      { cause },
    )
  }
}
