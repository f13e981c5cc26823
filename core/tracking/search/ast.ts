/** How the points of a metric become one value. `at`: the newest one up to a step. */
export type Reduction = { kind: 'last' | 'min' | 'max' | 'count' } | { kind: 'at'; step: number }

/** What the values of a field are. `text`: of a param or tag, which may be compared as numbers too. */
export type FieldType = 'string' | 'text' | 'number' | 'time' | 'duration'

export type Field =
  | { kind: 'attribute'; name: string; type: FieldType }
  | { kind: 'param' | 'tag'; key: string }
  | { kind: 'metric'; key: string; reduction: Reduction }
  | { kind: 'dataset'; name: 'name' | 'digest' | 'context' }

export type Comparator = '=' | '!=' | '<' | '<=' | '>' | '>='

/** Times in ms since 1970; durations in ms. */
export type Value = string | number

export type Expression =
  | { kind: 'and' | 'or'; parts: Expression[] }
  | { kind: 'not'; part: Expression }
  | { kind: 'compare'; field: Field; comparator: Comparator; value: Value }
  // `negated` asks for a value that is otherwise; a run without the field has none, as with `!=`.
  | { kind: 'like'; field: Field; pattern: string; ignoreCase: boolean; negated: boolean }
  | { kind: 'in'; field: Field; values: Value[]; negated: boolean }
  | { kind: 'exists'; field: Field }
  | { kind: 'text'; text: string }

export interface Order {
  field: Field
  descending: boolean
}

export function typeOf(field: Field): FieldType {
  switch (field.kind) {
    case 'metric':
      return 'number'
    case 'param':
    case 'tag':
      return 'text'
    case 'dataset':
      return 'string'
    case 'attribute':
      return field.type
  }
}

/** The attributes of what is searched, and what they may also be called. */
export interface Attributes {
  types: Record<string, FieldType>
  aliases: Record<string, string>
}

export const runAttributes = {
  types: {
    name: 'string',
    status: 'string',
    experiment: 'string',
    experiment_id: 'string',
    start_time: 'time',
    end_time: 'time',
    duration: 'duration',
    dataset: 'string',
    user: 'string',
    note: 'string',
    parent: 'string',
    run_id: 'string',
    lifecycle: 'string',
    artifact_uri: 'string',
  },
  aliases: {
    run_name: 'name',
    'run name': 'name',
    'Run name': 'name',
    'Run Name': 'name',
    created: 'start_time',
    Created: 'start_time',
    user_id: 'user',
    id: 'run_id',
    lifecycle_stage: 'lifecycle',
  },
} as const satisfies Attributes

/** Each word with which a field may begin, as MLflow has them. */
export const scopes: Record<string, Field['kind']> = {
  metrics: 'metric',
  metric: 'metric',
  params: 'param',
  param: 'param',
  parameters: 'param',
  parameter: 'param',
  tags: 'tag',
  tag: 'tag',
  attributes: 'attribute',
  attribute: 'attribute',
  attr: 'attribute',
  run: 'attribute',
  datasets: 'dataset',
  dataset: 'dataset',
}
