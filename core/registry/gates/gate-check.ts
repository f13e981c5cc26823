import { z } from 'zod'
import {
  type GateField,
  type GateKind,
  type GateOptions,
  GlyphlabError,
  type RuleResult,
  type Subset,
} from '../../contract/index.ts'

/** A version as gates see it. */
export interface GateSubject {
  version: number
  metrics: Readonly<Record<string, number>>
  /** Of its files. */
  bytes: number
}

/** What two versions say of the same samples, by position; labels are names. */
export interface PairedAnswers {
  /** "Signs v1, test" */
  set: string
  things: 'pictures' | 'rows'
  actual: readonly string[]
  /** The group of each sample; null where it has none. */
  groups: readonly (string | null)[]
  candidate: readonly string[]
  /** Null: no version has the alias yet. */
  champion: readonly string[] | null
  /** How many of them the candidate was trained on; null where that is not known. */
  seen: number | null
}

/** What gates may ask for. Each is found out when it is first asked for; whoever does not get it gets a GlyphlabError. */
export interface GateEvidence {
  candidate: GateSubject
  /** The version that has the alias; null: none. */
  champion: GateSubject | null
  /** @param dataset `name@3`; '' is the set that the candidate was trained on */
  answers(dataset: string, subset: Subset): Promise<PairedAnswers>
  /** Times one picture, or row, after another on this machine, from the file to the answer; ms. */
  latency(times: number): Promise<{ medianMs: number; engine: string }>
  /** The rules of the dataset that the candidate was trained on, as they hold for that version of it. */
  dataRules(): Promise<{ dataset: string; rules: readonly RuleResult[] }>
}

export interface GateOutcome {
  passed: boolean
  /** What was found, in a sentence. */
  message: string
  figures: Record<string, number>
}

/** A gate with its options. */
export interface PreparedGate {
  options: GateOptions
  /** The rule in words. */
  words: string
  /** @throws GlyphlabError when it can't be judged */
  check(evidence: GateEvidence): Promise<GateOutcome>
}

/** A kind of rule that must pass before an alias moves: one file each. */
export interface GateCheck extends GateKind {
  /** @throws GlyphlabError INVALID_INPUT naming the option */
  prepare(options: GateOptions): PreparedGate
}

/** Makes a gate of its parts. `options` is its schema, `fields` the form for it; each field's default is the schema's. */
export function defineGate<Schema extends z.ZodType<GateOptions>>(gate: {
  id: string
  title: string
  description: string
  options: Schema
  fields: GateField[]
  words(options: z.output<Schema>): string
  check(options: z.output<Schema>, evidence: GateEvidence): Promise<GateOutcome>
}): GateCheck {
  const { id, title, description, fields } = gate
  const defaults = Object.fromEntries(fields.map((field) => [field.key, field.default]))
  return {
    id,
    title,
    description,
    fields,
    prepare(given) {
      const parsed = gate.options.safeParse({ ...defaults, ...given })
      if (!parsed.success)
        throw new GlyphlabError(
          'INVALID_INPUT',
          `${title}: ${parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}`,
        )
      const options = parsed.data
      return {
        options,
        words: gate.words(options),
        check: (evidence) => gate.check(options, evidence),
      }
    },
  }
}

/** Options of gates that ask about samples. */
export const testSetShape = {
  dataset: z.string().max(1_000),
  subset: z.enum(['train', 'validation', 'test']),
}

export const testSetFields: GateField[] = [
  {
    key: 'dataset',
    title: 'Test set',
    help: 'A version of a dataset, which stays as it is. Left open: the one that the version was trained on.',
    kind: 'dataset',
    default: '',
  },
  {
    key: 'subset',
    title: 'Subset',
    help: 'What the training did not see.',
    kind: 'choice',
    default: 'test',
    choices: ['test', 'validation', 'train'],
  },
]

export const testSetWords = ({ dataset, subset }: { dataset: string; subset: Subset }): string =>
  `${subset} of ${dataset === '' ? 'its own dataset' : dataset}`

/** What to know of answers to samples that the model was trained on; '' when there are none. */
export const seenWords = ({ seen, actual, things }: PairedAnswers): string =>
  seen === null || seen === 0 ? '' : ` It was trained on ${seen} of these ${actual.length} ${things}.`

export const percent = (value: number): string => `${(100 * value).toFixed(1)} %`

export const signedPoints = (value: number): string =>
  `${value < 0 ? '−' : '+'}${Math.abs(100 * value).toFixed(1)}`
