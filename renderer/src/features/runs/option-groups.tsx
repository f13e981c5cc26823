import { type ReactNode, type SyntheticEvent, useState } from 'react'
import type { OptionField } from '../../../../core/contract/index.ts'
import { OptionInput, type OptionValue } from '../../components/option-input.tsx'

interface GroupsProps {
  fields: readonly OptionField[]
  changed: Record<string, OptionValue>
  onChange: (key: string, value: OptionValue) => void
  /** What stands below the fields of a group while it is open. */
  below?: (group: string) => ReactNode
}

/** The options of a preset: those of every training at hand, the others in groups that open. */
export function OptionGroups({ fields, changed, onChange, below }: GroupsProps) {
  const inputs = (some: readonly OptionField[]) => (
    <div className="form-grid">
      {some.map((field) => (
        <OptionInput
          key={field.key}
          field={field}
          value={changed[field.key] ?? field.default}
          onChange={(value) => onChange(field.key, value)}
        />
      ))}
    </div>
  )
  const groups = new Map<string, OptionField[]>()
  for (const field of fields)
    if (field.group !== undefined) groups.set(field.group, [...(groups.get(field.group) ?? []), field])
  return (
    <>
      {inputs(fields.filter(({ group }) => group === undefined))}
      {[...groups].map(([title, some]) => (
        <OptionGroup key={title} title={title} fields={some} changed={changed} below={below}>
          {inputs(some)}
        </OptionGroup>
      ))}
    </>
  )
}

function OptionGroup(props: {
  title: string
  fields: readonly OptionField[]
  changed: Record<string, OptionValue>
  below: GroupsProps['below']
  children: ReactNode
}) {
  const [open, setOpen] = useState(false)
  const values = props.fields.flatMap((field) => {
    const value = props.changed[field.key] ?? field.default
    const worthSaying = value !== field.default || (field.kind !== 'boolean' && value !== 0) || value === true
    return worthSaying ? [`${field.title} ${wordOf(value)}`] : []
  })
  const follow = (event: SyntheticEvent<HTMLDetailsElement>) => setOpen(event.currentTarget.open)
  return (
    <details
      className="option-group"
      onToggle={follow}
      // A field that can't be sent as it is must be seen.
      onInvalidCapture={(event) => {
        event.currentTarget.open = true
      }}
    >
      <summary>
        <span className="option-group-title">{props.title}</span>
        {!open && <span className="dim option-group-values">{values.join(' · ')}</span>}
      </summary>
      {props.children}
      {open && props.below?.(props.title)}
    </details>
  )
}

const wordOf = (value: OptionValue): string =>
  value === true ? 'on' : value === false ? 'off' : String(value)
