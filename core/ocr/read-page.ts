import type {
  OcrWord,
  PageRegion,
  PageSegmentation,
  PageTable,
  PreprocessingStep,
  ReadingRecipe,
} from '../contract/index.ts'
import { findRemedies } from './doctor.ts'
import type { ReadingManner } from './engines/engine.ts'
import { without } from './layout/parts.ts'
import { type GreyPicture, middleOf, type PreparedPicture, type Turn } from './preprocessing/grey-picture.ts'
import { isUnevenlyLit } from './preprocessing/light.ts'
import { movedBy, placed, scaledBy } from './preprocessing/placement.ts'
import { type Preprocessed, unprocessed, uprightBy, withStep, withSteps } from './preprocessing/steps.ts'
import { cutIntoStrips } from './preprocessing/strips.ts'
import { movedTables, readRegions, withRuledTables } from './read-regions.ts'
import { helps, meanConfidence, movedWords, worthOf } from './words.ts'

export interface Reader {
  read(picture: GreyPicture, psm: PageSegmentation): Promise<OcrWord[]>
  /** The turn that sets the picture upright; null when only reading can tell. */
  uprightTurn(picture: GreyPicture): Promise<Turn | 0 | null>
  /** Whether a page is to be read at one go, because each reading costs. */
  once: boolean
}

type Read = (picture: GreyPicture) => Promise<OcrWord[]>

export interface FoundText {
  /** Boxes in px of the prepared picture. */
  words: OcrWord[]
  tables: PageTable[]
  warnings: string[]
  recipe: ReadingRecipe
}

/**
 * A page below the first confidence is tried turned; a turn is taken from the second on, and ends the search from the
 * third on. A page upside down reads with 0.42 in place of 0.95.
 */
const turnBelow = 0.55
const turnAccepted = 0.6
const turnCertain = 0.8
const turns: Turn[] = [180, 90, 270]

/** px; from here on a turn is looked for in the middle of the page only. */
const largePage = 1_000_000

/** Degrees; text that leans less is read as well, and would only be blurred. */
const hurtingSkew = 1
/** px; on smaller pictures the angle of a line or two is a guess. */
const leastSides = 300

/** A page below this confidence is looked at by the doctor. */
const doctorBelow = 0.8

async function readStrips(strips: ReturnType<typeof cutIntoStrips>, read: Read) {
  const words: OcrWord[] = []
  for (const strip of strips) {
    const last = words.at(-1)
    const firstLine = last ? last.line + 1 : 0
    const firstBlock = last ? last.block + 1 : 0
    for (const word of movedWords(await read(strip), movedBy(0, strip.top)))
      words.push({ ...word, line: word.line + firstLine, block: word.block + firstBlock })
  }
  return words
}

/** The turn with which `picture` reads well, or null when none is better than `confidence`, with which it reads now. */
async function betterTurn(picture: GreyPicture, confidence: number, read: Read): Promise<Turn | null> {
  let best: Turn | null = null
  let highest = confidence
  for (const degrees of turns) {
    const { picture: turned } = await withStep(unprocessed(picture), { step: 'turn', degrees })
    const reached = meanConfidence(await read(turned)) ?? 0
    if (reached < turnAccepted || reached <= highest) continue
    best = degrees
    highest = reached
    if (highest >= turnCertain) break
  }
  return best
}

interface Attempt {
  done: Preprocessed
  words: OcrWord[]
  /** Absent while none were looked for. */
  tables?: PageTable[]
}

const confidenceOf = ({ words }: Attempt): number => meanConfidence(words) ?? 0

/** Reads the picture as it lies and, where that reads badly, with the turn that reads best. */
async function readUpright(
  done: Preprocessed,
  read: Read,
  uprightTurn: Reader['uprightTurn'],
): Promise<Attempt> {
  const known = await uprightTurn(done.picture)
  if (known !== null) {
    const upright =
      known === 0 ? done : await straightened(await withStep(done, { step: 'turn', degrees: known }))
    return { done: upright, words: await read(upright.picture) }
  }
  const asItLies: Attempt = { done, words: await read(done.picture) }
  const confidence = confidenceOf(asItLies)
  if (confidence >= turnBelow) return asItLies
  // On a large page its middle tells the turn, in a quarter of the time.
  const { picture } = done
  const probe = picture.width * picture.height > largePage ? middleOf(picture) : picture
  const degrees = await betterTurn(probe, confidence, read)
  if (degrees === null) return asItLies
  let upright = await withStep(done, { step: 'turn', degrees })
  upright = await straightened(upright)
  const turned: Attempt = { done: upright, words: await read(upright.picture) }
  return confidenceOf(turned) <= confidence ? asItLies : turned
}

/** Without the skew, where it is clear and hurts. */
async function straightened(done: Preprocessed): Promise<Preprocessed> {
  const { picture } = done
  if (Math.min(picture.width, picture.height) < leastSides) return done
  const degrees = uprightBy(picture)
  return Math.abs(degrees) < hurtingSkew ? done : withStep(done, { step: 'deskew', degrees })
}

/** What lies in shadow is often not found at all, so that the rest reads with confidence: read anew with even light. */
async function withEvenLight(
  asItIs: Attempt,
  read: Read,
): Promise<{ attempt: Attempt; tried: ReadingRecipe['tried'] }> {
  if (!isUnevenlyLit(asItIs.done.picture)) return { attempt: asItIs, tried: [] }
  const step: PreprocessingStep = { step: 'contrast' }
  const done = await withStep(asItIs.done, step)
  const lit: Attempt = { done, words: await read(done.picture) }
  const helped = helps(lit.words, asItIs.words)
  const [before, after] = [asItIs, lit].map(({ words }) => meanConfidence(words))
  const remedy = { step, before: before ?? null, after: after ?? null, helped }
  return { attempt: helped ? lit : asItIs, tried: [remedy] }
}

async function readByItself(
  picture: GreyPicture,
  read: Read,
  uprightTurn: Reader['uprightTurn'],
  withTables: (attempt: Attempt) => Promise<Attempt>,
): Promise<{ attempt: Attempt; tried: ReadingRecipe['tried'] }> {
  const startedAt = performance.now()
  const asItIs = await readUpright(await straightened(unprocessed(picture)), read, uprightTurn)
  const readingMs = performance.now() - startedAt
  const { attempt: lit, tried: triedLight } = await withEvenLight(asItIs, read)
  // Before any remedy, which may take its lines for dark borders.
  const attempt = await withTables(lit)
  const confidence = meanConfidence(attempt.words)
  if (confidence !== null && confidence >= doctorBelow) return { attempt, tried: triedLight }
  const found = await findRemedies(attempt.done.picture, attempt.words, read, readingMs)
  const { steps } = found
  const tried = [...triedLight, ...found.tried]
  if (steps.length === 0) return { attempt, tried }
  let done = attempt.done
  for (const step of steps) done = await withStep(done, step)
  const cured: Attempt = { done, words: await read(done.picture) }
  return {
    attempt: worthOf(cured.words) > worthOf(attempt.words) ? await withTables(cured) : attempt,
    tried,
  }
}

async function readAsAsked(
  picture: GreyPicture,
  steps: readonly PreprocessingStep[],
  read: Read,
  uprightTurn: Reader['uprightTurn'],
): Promise<Attempt> {
  const done = await withSteps(picture, steps)
  const findsTurn = steps.some((step) => step.step === 'turn' && step.degrees === undefined)
  return findsTurn ? readUpright(done, read, uprightTurn) : { done, words: await read(done.picture) }
}

/** Reads what was drawn by hand: straightened, turned and evenly lit where that helps and nothing else was asked for. */
async function readDrawn(
  picture: GreyPicture,
  regions: readonly PageRegion[],
  psm: PageSegmentation,
  preprocessing: ReadingManner['preprocessing'],
  reader: Reader,
): Promise<{ attempt: Attempt; tables: PageTable[]; tried: ReadingRecipe['tried'] }> {
  const read = async (done: Preprocessed) => ({
    done,
    ...(await readRegions(done, regions, psm, (part, mode) => reader.read(part, mode), reader.once)),
  })
  if (preprocessing !== 'auto') {
    const found = await read(await withSteps(picture, preprocessing === 'none' ? [] : preprocessing))
    return { attempt: found, tables: found.tables, tried: [] }
  }
  const straight = await straightened(unprocessed(picture))
  let best = await read(straight)
  if (confidenceOf(best) < turnBelow)
    for (const degrees of turns) {
      const turned = await read(await straightened(await withStep(straight, { step: 'turn', degrees })))
      if (confidenceOf(turned) < turnAccepted || confidenceOf(turned) <= confidenceOf(best)) continue
      best = turned
      if (confidenceOf(turned) >= turnCertain) break
    }
  if (!isUnevenlyLit(best.done.picture)) return { attempt: best, tables: best.tables, tried: [] }
  const step: PreprocessingStep = { step: 'contrast' }
  const lit = await read(await withStep(best.done, step))
  const helped = helps(lit.words, best.words)
  const [before, after] = [best, lit].map(({ words }) => meanConfidence(words) ?? null)
  const kept = helped ? lit : best
  return {
    attempt: kept,
    tables: kept.tables,
    tried: [{ step, before: before ?? null, after: after ?? null, helped }],
  }
}

/** What was done to a page, for the person: nothing for a page that lay straight and read well. */
function notesOn({ done }: Attempt, tried: ReadingRecipe['tried'], asked: boolean): string[] {
  if (asked) return []
  const notes: string[] = []
  const turn = done.steps.find((step) => step.step === 'turn')
  const skew = done.steps.find((step) => step.step === 'deskew')
  const [what, ...more] = [
    ...(turn?.step === 'turn' ? [`was turned by ${turn.degrees} degrees`] : []),
    ...(skew?.step === 'deskew' ? [`was straightened by ${Math.abs(skew.degrees ?? 0)} degrees`] : []),
  ]
  if (what !== undefined)
    notes.push(
      `The page does not lie ${turn ? 'upright' : 'straight'}: it ${[what, ...more].join(' and ')} to be read. Its boxes lie on the picture as it is.`,
    )
  const helped = tried.filter(
    (remedy) => remedy.helped && done.steps.some(({ step }) => step === remedy.step.step),
  )
  const percent = (confidence: number | null) => `${Math.round((confidence ?? 0) * 100)} %`
  const [first, last] = [helped[0], helped.at(-1)]
  if (first && last)
    notes.push(
      `It read badly as it is: ${helped.map(({ step }) => remedyWords[step.step]).join(' and ')} helped (confidence ${percent(first.before)}, then ${percent(last.after)}).`,
    )
  return notes
}

const remedyWords: Record<PreprocessingStep['step'], string> = {
  turn: 'turning it',
  deskew: 'straightening it',
  crop: 'cutting off its dark borders',
  scale: 'enlarging it',
  binarise: 'making it black and white',
  denoise: 'taking out specks',
  contrast: 'evening out its light',
  invert: 'inverting it',
}

/** Reads a prepared page as it is asked for; a very tall one in strips. */
export async function readPrepared(
  { picture: whole, width, height, scale, pages }: PreparedPicture,
  tallest: number,
  { psm, preprocessing, regions = [] }: ReadingManner,
  reader: Reader,
): Promise<FoundText> {
  const drawn = regions.map(({ kind, box }) => ({ kind, box: placed(box, scaledBy(scale)) }))
  const ignored = drawn.flatMap(({ kind, box }) => (kind === 'ignore' ? [box] : []))
  const wanted = drawn.filter(({ kind }) => kind !== 'ignore')
  const picture = ignored.length > 0 ? without(whole, ignored) : whole
  const read = (shown: GreyPicture) => reader.read(shown, psm)
  const uprightTurn = (shown: GreyPicture) => reader.uprightTurn(shown)
  const warnings: string[] = []
  if (pages > 1) warnings.push(`The file has ${pages} pages: this is the first.`)
  if (scale < 1)
    warnings.push(
      `The picture has ${width} x ${height} px: it was read at ${Math.round(scale * 100)} % of its size.`,
    )
  if (wanted.length > 0) {
    const { attempt, tables, tried } = await readDrawn(picture, wanted, psm, preprocessing, reader)
    return {
      words: movedWords(attempt.words, attempt.done.back),
      tables: movedTables(tables, attempt.done.back),
      warnings: [...warnings, ...notesOn(attempt, tried, preprocessing !== 'auto')],
      recipe: { psm, steps: attempt.done.steps, tried },
    }
  }
  const strips = cutIntoStrips(picture, tallest)
  if (strips.length > 1) {
    warnings.push(
      `The picture is ${height} px tall: it was read in ${strips.length} strips. Check the text where they meet.`,
    )
    const words = await readStrips(strips, read)
    return { words, tables: [], warnings, recipe: { psm, steps: [], tried: [] } }
  }
  const withTables = async (attempt: Attempt): Promise<Attempt> => {
    // Other modes are for parts of pages.
    if (psm !== 3) return attempt
    const readPart = reader.once
      ? null
      : (part: GreyPicture, mode: PageSegmentation) => reader.read(part, mode)
    return { ...attempt, ...(await withRuledTables(attempt.done.picture, attempt.words, readPart)) }
  }
  const { attempt, tried } =
    preprocessing === 'auto'
      ? await readByItself(picture, read, uprightTurn, withTables)
      : {
          attempt: await withTables(
            await readAsAsked(picture, preprocessing === 'none' ? [] : preprocessing, read, uprightTurn),
          ),
          tried: [],
        }
  return {
    words: movedWords(attempt.words, attempt.done.back),
    tables: movedTables(attempt.tables ?? [], attempt.done.back),
    warnings: [...warnings, ...notesOn(attempt, tried, preprocessing !== 'auto')],
    recipe: { psm, steps: attempt.done.steps, tried },
  }
}
