/** How the points of a metric become one value. `at`: the newest one up to a step. */
export type Reduction = { kind: 'last' | 'min' | 'max' | 'count' } | { kind: 'at'; step: number }

export type AttributeName =
  | 'run_id'
  | 'name'
  | 'status'
  | 'experiment'
  | 'experiment_id'
  | 'user'
  | 'start_time'
  | 'end_time'
  | 'duration'
  | 'dataset'
  | 'parent'
  | 'note'
  | 'lifecycle'
  | 'artifact_uri'

export type Field =
  | { kind: 'attribute'; name: AttributeName }
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

/** What the values of a field are. `text`: of a param or tag, which may be compared as numbers too. */
export type FieldType = 'string' | 'text' | 'number' | 'time' | 'duration'

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
      if (field.name === 'start_time' || field.name === 'end_time') return 'time'
      if (field.name === 'duration') return 'duration'
      return 'string'
  }
}

const aliases: Record<string, AttributeName> = {
  run_name: 'name',
  'run name': 'name',
  'Run name': 'name',
  'Run Name': 'name',
  created: 'start_time',
  Created: 'start_time',
  user_id: 'user',
  id: 'run_id',
  lifecycle_stage: 'lifecycle',
}

export const attributeNames: readonly AttributeName[] = [
  'name',
  'status',
  'experiment',
  'experiment_id',
  'start_time',
  'end_time',
  'duration',
  'dataset',
  'user',
  'note',
  'parent',
  'run_id',
  'lifecycle',
  'artifact_uri',
]

export function attributeNamed(name: string): AttributeName | undefined {
  return Object.hasOwn(aliases, name) ? aliases[name] : attributeNames.find((known) => known === name)
}

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
