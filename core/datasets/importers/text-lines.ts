import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { GlyphlabError, type RefusedFile } from '../../contract/index.ts'
import { baseName, isPictureName } from '../formats/picture-name.ts'
import { mapLimited } from '../map-limited.ts'
import { parseOptions } from '../options.ts'
import { readSourceFile } from '../read-file.ts'
import type { FoundFile } from '../scan.ts'
import { decodeText } from '../tables/decode-text.ts'
import type { Candidate, Importer, ImportSource } from './importer.ts'
import { nameList } from './name-list.ts'
import { subsetsByFolder } from './subset-folders.ts'

const readsAtOnce = 16
const maxTextBytes = 1024 ** 2
const optionsSchema = z.strictObject({
  /** What to do with a line whose text is empty. */
  empty: z.enum(['refuse', 'keep']).default('refuse'),
})

interface Pair {
  picture: FoundFile
  text: FoundFile | undefined
}

const textName = /(\.gt)?\.txt$/i

/** `line.png` and, as OCRopus writes them, `line.bin.png` and `line.nrm.png` belong to `line.gt.txt`. */
const stemsOf = (picture: string): string[] => {
  const stem = picture.replace(/\.[^./]*$/, '')
  const plain = stem.replace(/\.(bin|nrm|dew|raw)$/i, '')
  return plain === stem ? [stem] : [stem, plain]
}

function pairsOf({ scan }: ImportSource): { pairs: Pair[]; lonely: FoundFile[] } {
  const texts = new Map(
    scan.files.filter(({ path }) => textName.test(path)).map((file) => [file.path.toLowerCase(), file]),
  )
  const used = new Set<FoundFile>()
  const pairs = scan.files
    .filter(({ path }) => isPictureName(path))
    .map((picture) => {
      const stems = stemsOf(picture.path.toLowerCase())
      const text = stems
        .flatMap((stem) => [`${stem}.gt.txt`, `${stem}.txt`])
        .map((name) => texts.get(name))
        .find((found) => found !== undefined)
      if (text) used.add(text)
      return { picture, text }
    })
  return { pairs, lonely: scan.files.filter((file) => !used.has(file) && !isPictureName(file.path)) }
}

/** Text files of YOLO stand beside their pictures too; their folder says what they are. */
const isYolo = ({ scan }: ImportSource): boolean =>
  scan.files.some(({ path }) =>
    /^(data\.ya?ml|obj\.(data|names)|classes\.txt|.*\.names)$/i.test(baseName(path)),
  )

interface ReadLine {
  text: string
  normalised: boolean
}

async function readLine({ picture, text }: Pair, empty: 'refuse' | 'keep'): Promise<ReadLine | RefusedFile> {
  const path = picture.path
  if (!text) return { path, reason: 'it has no text file beside it' }
  try {
    const bytes = await readFile(text.file)
    if (bytes.length > maxTextBytes) return { path, reason: `${baseName(text.path)} is larger than 1 MB` }
    const raw = decodeText(bytes, text.path).replace(/[\r\n]+$/, '')
    if (raw.trim() === '' && empty === 'refuse') return { path, reason: `${baseName(text.path)} is empty` }
    const normal = raw.normalize('NFC')
    return { text: normal, normalised: normal !== raw }
  } catch (cause) {
    return { path, reason: cause instanceof Error ? cause.message : String(cause) }
  }
}

/** Pictures of lines with their transcription beside them: `x.png` and `x.gt.txt` or `x.txt`. */
export const textLines: Importer = {
  id: 'text-lines',
  title: 'Text lines (pictures with .gt.txt or .txt)',

  detects(source) {
    const { pairs } = pairsOf(source)
    if (pairs.some(({ text }) => /\.gt\.txt$/i.test(text?.path ?? ''))) return true
    const whole = pairs.filter(({ text }) => text !== undefined).length
    return whole > 0 && whole >= pairs.length / 2 && !isYolo(source)
  },

  async plan(source) {
    const { empty } = parseOptions(optionsSchema, source.options, 'text-lines')
    const { scan } = source
    const { pairs, lonely } = pairsOf(source)
    if (!pairs.some(({ text }) => text !== undefined))
      throw new GlyphlabError(
        'INVALID_INPUT',
        `${source.root} has no picture with its text beside it. For line.png put the text into line.gt.txt or line.txt.`,
      )
    const subsets = subsetsByFolder(source)
    const lines = await mapLimited(pairs, readsAtOnce, (pair) => readLine(pair, empty))
    const candidates: Candidate[] = []
    const normalised: string[] = []
    const broken: string[] = []
    for (const [index, { picture }] of pairs.entries()) {
      const line = lines[index]
      if (!line) continue
      if ('reason' in line) {
        scan.refused.push(line)
        continue
      }
      const path = picture.path.normalize('NFC')
      if (line.normalised) normalised.push(path)
      if (/[\r\n]/.test(line.text)) broken.push(path)
      candidates.push({
        path,
        label: '',
        annotation: { text: line.text },
        subset: subsets?.get(path.split('/')[0] ?? '') ?? null,
        file: picture.file,
        read: () => readSourceFile(picture.file),
        info: null,
      })
    }
    for (const { path } of lonely)
      scan.refused.push({
        path,
        reason: textName.test(path) ? 'it has no picture beside it' : 'neither a picture nor the text of one',
      })
    if (candidates.length === 0)
      throw new GlyphlabError(
        'INVALID_INPUT',
        `No line of ${source.root} has a text that can be read (${scan.refused[0]?.path}: ${scan.refused[0]?.reason}).`,
      )
    const warnings: string[] = []
    if (normalised.length > 0)
      warnings.push(
        `${normalised.length} texts were not in Unicode NFC and have been normalised: ${nameList(normalised)}.`,
      )
    if (broken.length > 0)
      warnings.push(`${broken.length} texts have more than one line: ${nameList(broken)}.`)
    return { candidates, warnings }
  },
}
