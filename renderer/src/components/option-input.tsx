import { Checkbox, NumberInput, Select, TextInput } from '@mantine/core'
import type { OptionField } from '../../../core/contract/index.ts'

export type OptionValue = number | string | boolean

/** The input for one option that a plugin describes. */
export function OptionInput(props: {
  field: OptionField
  value: OptionValue
  onChange: (value: OptionValue) => void
}) {
  const { field, value, onChange } = props
  const shared = { label: field.title, description: field.help }
  switch (field.kind) {
    case 'boolean':
      return (
        <Checkbox
          {...shared}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      )
    case 'choice':
      return (
        <Select
          {...shared}
          data={field.choices ?? []}
          value={String(value)}
          allowDeselect={false}
          onChange={(chosen) => onChange(chosen ?? String(field.default))}
        />
      )
    case 'text':
      return (
        <TextInput
          {...shared}
          value={String(value)}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )
    case 'integer':
    case 'number':
      return (
        <NumberInput
          {...shared}
          value={typeof value === 'boolean' ? '' : value}
          allowDecimal={field.kind === 'number'}
          decimalScale={8}
          {...(field.min === undefined ? {} : { min: field.min })}
          {...(field.max === undefined ? {} : { max: field.max })}
          onChange={onChange}
          required
          withAsterisk={false}
        />
      )
  }
}
