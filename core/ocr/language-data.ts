import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { GlyphlabError } from '../contract/index.ts'

/** Index of the LSTM network among the components of a traineddata file (tesseract's `TESSDATA_LSTM`). */
const lstmComponent = 17

function unusable(file: string, reason: string, cause?: unknown): GlyphlabError {
  return new GlyphlabError(
    'UNAVAILABLE',
    `The OCR language data ${file} ${reason}. Reinstall Glyphlab, or put the file eng.traineddata.gz of the npm package @tesseract.js-data/eng (folder 4.0.0_best_int) there.`,
    { file },
    { cause },
  )
}

/** A traineddata file is an int32 count, then an int64 offset for each component (-1: absent), then the components. */
function hasLstmNetwork(data: Buffer): boolean {
  if (data.length < 4) return false
  const count = data.readInt32LE(0)
  if (count <= lstmComponent || count > 64 || data.length < 4 + 8 * count) return false
  const offset = data.readBigInt64LE(4 + 8 * lstmComponent)
  return offset > 0n && offset < BigInt(data.length)
}

/**
 * Makes sure that `<directory>/<language>.traineddata.gz` can be loaded. tesseract.js waits for ever for a file that
 * is missing or damaged, so this must run before it starts.
 * @throws GlyphlabError UNAVAILABLE, naming the file and the remedy.
 */
export async function checkLanguageData(directory: string, language: string): Promise<void> {
  const file = join(directory, `${language}.traineddata.gz`)
  let packed: Buffer
  try {
    packed = await readFile(file)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    throw unusable(file, code === 'ENOENT' ? 'is missing' : `can't be read (${code})`, cause)
  }
  if (packed.length === 0) throw unusable(file, 'is empty (0 bytes)')
  let data: Buffer
  try {
    data = await promisify(gunzip)(packed)
  } catch (cause) {
    throw unusable(file, 'is damaged (it is not a whole gzip file)', cause)
  }
  if (!hasLstmNetwork(data)) throw unusable(file, 'is damaged (it holds no LSTM network)')
}
