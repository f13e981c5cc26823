import { invalid } from './mlflow-error.ts'

/** Texts in MLflow's API that people write as the numbers they look like. */
const lookLikeNumbers = new Set(['experiment_id', 'version'])

/** A request's fields, from its query or its JSON body, read as protobuf's JSON is: numbers may be texts. */
export class Fields {
  private readonly values: Record<string, unknown>

  constructor(values: Record<string, unknown>) {
    this.values = values
  }

  /** @throws MlflowError when the body is no JSON object */
  static ofBody(text: string): Fields {
    if (text === '') return new Fields({})
    let body: unknown
    try {
      body = JSON.parse(text)
    } catch {
      throw invalid('The request body is not JSON.')
    }
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      throw invalid('The request body is not a JSON object.')
    return new Fields(body as Record<string, unknown>)
  }

  static ofQuery(query: URLSearchParams): Fields {
    const values: Record<string, unknown> = {}
    for (const key of new Set(query.keys())) {
      const all = query.getAll(key)
      values[key] = all.length === 1 ? all[0] : all
    }
    return new Fields(values)
  }

  has(name: string): boolean {
    return (this.values[name] ?? null) !== null
  }

  optional(name: string): string | undefined {
    const value = this.values[name] ?? undefined
    if (value === undefined || typeof value === 'string') return value
    if (typeof value === 'number' && lookLikeNumbers.has(name)) return String(value)
    throw invalid(
      `Invalid value ${JSON.stringify(value)} for parameter '${name}' supplied: it must be a string.`,
    )
  }

  /** @throws MlflowError when it is missing or empty */
  required(name: string): string {
    const value = this.optional(name)
    if (value === undefined || value === '') throw missingValue(name)
    return value
  }

  /** @throws MlflowError when it is missing; it may be empty */
  given(name: string, path = name): string {
    const value = this.optional(name)
    if (value === undefined) throw missingValue(path)
    return value
  }

  integer(name: string): number | undefined {
    return this.has(name) ? integerOf(this.values[name], name) : undefined
  }

  /** Objects of a repeated field. */
  objects(name: string): Fields[] {
    return this.list(name).map((value) => {
      if (typeof value !== 'object' || value === null)
        throw invalid(`Invalid value ${JSON.stringify(value)} for parameter '${name}' supplied.`)
      return new Fields(value as Record<string, unknown>)
    })
  }

  object(name: string): Fields | undefined {
    const value = this.values[name] ?? undefined
    if (value === undefined) return undefined
    if (typeof value !== 'object') throw invalid(`Invalid value for parameter '${name}' supplied.`)
    return new Fields(value as Record<string, unknown>)
  }

  strings(name: string): string[] {
    return this.list(name).map(String)
  }

  private list(name: string): unknown[] {
    const value = this.values[name] ?? []
    return Array.isArray(value) ? value : [value]
  }

  raw(name: string): unknown {
    return this.values[name]
  }
}

const missingValue = (name: string) =>
  invalid(
    `Missing value for required parameter '${name}'. See the API docs for more information about request parameters.`,
  )

export function integerOf(value: unknown, name: string): number {
  if (value === undefined || value === null) throw missingValue(name)
  const number = typeof value === 'number' ? value : typeof value === 'string' ? Number(value) : Number.NaN
  if (!Number.isSafeInteger(number) || value === '')
    throw invalid(
      `Invalid value ${JSON.stringify(value)} for parameter '${name}' supplied: it must be an integer.`,
    )
  return number
}

/** A double: a number, or "NaN", "Infinity", "-Infinity". */
export function doubleOf(value: unknown, name: string): number {
  if (typeof value === 'number') return value
  if (value === undefined || value === null) throw missingValue(name)
  if (value === 'NaN') return Number.NaN
  if (typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value))) return Number(value)
  throw invalid(
    `Invalid value ${JSON.stringify(value)} for parameter '${name}' supplied: Please specify value as a valid double (64-bit floating point)`,
  )
}

/** As protobuf writes a double in JSON. */
export const doubleJson = (value: number): number | string => (Number.isFinite(value) ? value : String(value))

export type Pair = { key: string; value: string }

export const pairsOf = (record: Record<string, string>): Pair[] =>
  Object.entries(record).map(([key, value]) => ({ key, value }))

/** Pairs of a repeated field as a record; of equal keys the last counts. */
export function recordOf(
  fields: readonly Fields[],
  check: (key: string, value: string) => void,
): Record<string, string> {
  const record = Object.create(null) as Record<string, string>
  for (const field of fields) {
    const key = field.given('key')
    const value = field.optional('value') ?? ''
    check(key, value)
    record[key] = value
  }
  return record
}
