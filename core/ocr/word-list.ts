import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { GlyphlabError } from '../contract/index.ts'

/** Places among the components of a traineddata file (tesseract's `TessdataType`). */
const wordsComponent = 19
const charactersComponent = 21

/** What tesseract writes at the start of a word graph. */
const magic = 42
/** Bits of an edge between its character and its next node. */
const [lastFlag, wordEndFlag, flagBits] = [1n, 4n, 3n]

export interface WordList {
  has(word: string): boolean
}

/** The bytes of a component; null where the file has none. */
function component(data: Buffer, index: number): Buffer | null {
  const count = data.readInt32LE(0)
  const offsetOf = (at: number) => Number(data.readBigInt64LE(4 + 8 * at))
  if (index >= count || offsetOf(index) < 0) return null
  const later = Array.from({ length: count }, (_, at) => offsetOf(at)).filter((at) => at > offsetOf(index))
  return data.subarray(offsetOf(index), Math.min(data.length, ...later))
}

/** The characters by their numbers: a count, then a line for each, which it begins. */
function charactersOf(set: Buffer): Map<string, bigint> {
  const [count = '0', ...lines] = set.toString('utf8').split('\n')
  return new Map(lines.slice(0, Number(count)).map((line, at) => [line.split(' ')[0] ?? '', BigInt(at)]))
}

/** tesseract's squished word graph: edges of 64 bits, those of a node in a row, the last of them marked. */
function graphOf(words: Buffer, characters: Map<string, bigint>): WordList {
  const bits = BigInt(Math.ceil(Math.log2(words.readInt32LE(2) + 1)))
  const count = words.readInt32LE(6)
  const edges = new BigUint64Array(count)
  for (let at = 0; at < count; at++) edges[at] = words.readBigUInt64LE(10 + 8 * at)
  const letterMask = (1n << bits) - 1n
  const edgeWith = (node: number, letter: bigint): bigint | null => {
    for (let at = node; at < count; at++) {
      const edge = edges[at] as bigint
      if ((edge & letterMask) === letter) return edge
      if (((edge >> bits) & lastFlag) === lastFlag) return null
    }
    return null
  }
  return {
    has(word) {
      let node = 0
      let edge: bigint | null = null
      for (const character of word) {
        const letter = characters.get(character)
        // Node 0 is the first, so that a next node of 0 is the end.
        if (letter === undefined || (edge !== null && node === 0)) return false
        edge = edgeWith(node, letter)
        if (edge === null) return false
        node = Number(edge >> (bits + flagBits))
      }
      return edge !== null && ((edge >> bits) & wordEndFlag) === wordEndFlag
    },
  }
}

/**
 * The words that tesseract's own language data holds; null where it holds none.
 * @throws GlyphlabError UNAVAILABLE
 */
export async function loadWordList(directory: string, language: string): Promise<WordList | null> {
  const file = join(directory, `${language}.traineddata.gz`)
  try {
    const data = await promisify(gunzip)(await readFile(file))
    const [words, set] = [component(data, wordsComponent), component(data, charactersComponent)]
    if (words === null || set === null || words.readInt16LE(0) !== magic) return null
    return graphOf(words, charactersOf(set))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new GlyphlabError(
      'UNAVAILABLE',
      `The word list in ${file} can't be read (${reason}). Reinstall Glyphlab.`,
      { file },
      { cause },
    )
  }
}
