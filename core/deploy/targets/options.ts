import { GlyphlabError, type OptionField } from '../../contract/index.ts'
import type { DeployTarget } from './target.ts'

type OptionValue = string | number | boolean
/** By `<target>.<option>`, as they came from outside. */
export type TargetOptions = Readonly<Record<string, unknown>>

/**
 * Every option of the targets with what was chosen or its default, by `<target>.<option>`.
 * @throws GlyphlabError INVALID_INPUT, naming the option and what it takes
 */
export function resolveOptions(
  targets: readonly DeployTarget[],
  given: TargetOptions,
): Map<string, OptionValue> {
  const fields = new Map<string, OptionField>()
  for (const { id, options } of targets) for (const field of options) fields.set(`${id}.${field.key}`, field)
  for (const name of Object.keys(given)) {
    if (fields.has(name)) continue
    const known = [...fields.keys()].join(', ') || 'none'
    throw new GlyphlabError('INVALID_INPUT', `There is no option "${name}" here. There are: ${known}.`)
  }
  return new Map([...fields].map(([name, field]) => [name, chosenValue(name, field, given[name])]))
}

function chosenValue(name: string, field: OptionField, given: unknown): OptionValue {
  if (given === undefined || given === '') return field.default
  const refuse = (takes: string) =>
    new GlyphlabError('INVALID_INPUT', `${name}: "${given}" is not ${takes}. ${field.help}`)
  switch (field.kind) {
    case 'integer':
    case 'number': {
      const value = typeof given === 'number' ? given : Number(given)
      const { min = -Infinity, max = Infinity } = field
      const right = field.kind === 'integer' ? Number.isInteger(value) : Number.isFinite(value)
      if (!right || value < min || value > max) throw refuse(`a number from ${min} to ${max}`)
      return value
    }
    case 'boolean':
      if (given === true || given === 'true') return true
      if (given === false || given === 'false') return false
      throw refuse('true or false')
    case 'choice':
      if (!field.choices?.includes(String(given))) throw refuse(`one of ${field.choices?.join(', ')}`)
      return String(given)
    case 'text':
      if (!new RegExp(`^(?:${field.pattern ?? '.*'})$`).test(String(given)))
        throw refuse('of the form that is needed')
      return String(given)
  }
}
