import type { FindingKind, FindingSeverity } from '../../../contract/index.ts'
import type { DraftMember, FindingDraft } from '../../../domain/finding-draft.ts'
import type { ColourMode, PictureMeasure } from '../../../domain/picture-measure.ts'
import { distributionOf, usualRange } from '../statistics.ts'
import { type Evidence, member, plural } from './finding-draft.ts'

/** Grey levels between the darkest and the brightest hundredth of a picture's px; below, nothing can be seen in it. */
const blankSpan = 8
const darkHigh = 56
const brightLow = 200

const modeWords: Record<ColourMode, string> = {
  grey: 'grey',
  colour: 'in colour',
  alpha: 'with transparency',
  cmyk: 'in CMYK',
  '16-bit': 'with 16 bits a channel',
}

const round = (value: number): string => (value < 10 ? value.toPrecision(2) : String(Math.round(value)))

export const isBlank = ({ low, high }: Pick<PictureMeasure, 'low' | 'high'>): boolean =>
  high - low < blankSpan

function draft(
  kind: FindingKind,
  severity: FindingSeverity,
  members: DraftMember[],
  title: (count: number) => string,
  detail: string,
): FindingDraft[] {
  if (members.length === 0) return []
  return [{ kind, severity, title: title(members.length), detail, groupCount: 0, members }]
}

function sizeFindings({ samples }: Evidence): FindingDraft[] {
  const sides = samples.map(({ width, height }) => Math.max(width, height))
  const aspects = samples.map(({ width, height }) => width / height)
  const usualSide = usualRange(distributionOf(sides), { deviations: 4, leastFactor: 3 })
  const usualAspect = usualRange(distributionOf(aspects), { deviations: 4, leastFactor: 2 })
  const outside = (values: number[], { least, most, median }: typeof usualSide) =>
    values
      .flatMap((value, ordinal) =>
        value < least || value > most ? [{ ordinal, away: Math.abs(Math.log(value / median)) }] : [],
      )
      .sort((a, b) => b.away - a.away)
  const size = (ordinal: number) => `${samples[ordinal]?.width} x ${samples[ordinal]?.height} px`
  return [
    ...draft(
      'odd-size',
      'note',
      outside(sides, usualSide).map(({ ordinal }) => member(ordinal, size(ordinal))),
      (count) => `${plural(count, 'picture is', 'pictures are')} far larger or smaller than the rest`,
      `The longer side of most is ${round(usualSide.least)} to ${round(usualSide.most)} px (median ${round(usualSide.median)}).`,
    ),
    ...draft(
      'odd-aspect',
      'note',
      outside(aspects, usualAspect).map(({ ordinal }) => member(ordinal, size(ordinal))),
      (count) => `${plural(count, 'picture is', 'pictures are')} far wider or taller than the rest`,
      `A training stretches all to one shape; most are ${usualAspect.median.toFixed(2)} times as wide as tall.`,
    ),
  ]
}

function modeFindings({ measures }: Evidence): FindingDraft[] {
  const byMode = new Map<ColourMode, number[]>()
  for (const [ordinal, measure] of measures.entries()) {
    if (!measure) continue
    const group = byMode.get(measure.mode)
    if (group) group.push(ordinal)
    else byMode.set(measure.mode, [ordinal])
  }
  const [most, ...others] = [...byMode].sort(([, a], [, b]) => b.length - a.length)
  if (!most || others.length === 0) return []
  return draft(
    'mixed-colour-modes',
    'note',
    others.flatMap(([mode, ordinals]) => ordinals.map((ordinal) => member(ordinal, modeWords[mode]))),
    (count) => `${plural(count, 'picture has', 'pictures have')} another colour mode than the rest`,
    `Most are ${modeWords[most[0]]} (${most[1].length}); ${others
      .map(([mode, ordinals]) => `${ordinals.length} ${modeWords[mode]}`)
      .join(', ')}. All are shown and trained as a person sees them.`,
  )
}

function lightFindings({ measures }: Evidence): FindingDraft[] {
  const where = (test: (measure: PictureMeasure) => boolean) =>
    measures.flatMap((measure, ordinal) => (measure && test(measure) ? [member(ordinal)] : []))
  return [
    ...draft(
      'blank',
      'warning',
      where(isBlank),
      (count) => `${plural(count, 'picture is', 'pictures are')} blank`,
      'All px have about one grey value: there is nothing to see.',
    ),
    ...draft(
      'very-dark',
      'note',
      where((measure) => !isBlank(measure) && measure.high < darkHigh),
      (count) => `${plural(count, 'picture is', 'pictures are')} very dark`,
      `Hardly a px in them is brighter than ${darkHigh} of 255.`,
    ),
    ...draft(
      'very-bright',
      'note',
      where((measure) => !isBlank(measure) && measure.low > brightLow),
      (count) => `${plural(count, 'picture is', 'pictures are')} very bright`,
      `Hardly a px in them is darker than ${brightLow} of 255.`,
    ),
  ]
}

/** What the import refused. */
export function refusedFindings({ refused }: Evidence, noun: 'file' | 'row'): FindingDraft[] {
  const [first] = refused
  if (!first) return []
  return [
    {
      kind: 'refused',
      severity: 'warning',
      title: `${plural(refused.length, `${noun} was`, `${noun}s were`)} refused`,
      detail: `${first.path}: ${first.reason}${refused.length > 1 ? ` (and ${refused.length - 1} more; the import report names each)` : ''}`,
      groupCount: 0,
      members: [],
    },
  ]
}

/** Files that can't be used, and pictures unlike the others: size, shape, colours, light. */
export function pictureFindings(evidence: Evidence): FindingDraft[] {
  const { damaged } = evidence
  return [
    ...refusedFindings(evidence, 'file'),
    ...draft(
      'damaged',
      'error',
      damaged.map(({ ordinal, reason }) => member(ordinal, reason)),
      (count) => `${plural(count, 'picture', 'pictures')} can't be read any more`,
      'Their stored bytes are missing or damaged, or the files that they refer to were moved or changed. Put those back, or import them again.',
    ),
    ...sizeFindings(evidence),
    ...modeFindings(evidence),
    ...lightFindings(evidence),
  ]
}
