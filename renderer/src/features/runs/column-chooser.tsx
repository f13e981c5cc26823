import { Button, Checkbox, Popover, TextInput } from '@mantine/core'
import { Columns3 } from 'lucide-react'
import { useState } from 'react'
import type { RunColumn } from './run-columns.ts'

const groupTitles: Record<RunColumn['group'], string> = {
  Run: 'Run',
  Best: 'Best of a metric',
  Last: 'Last of a metric',
  Param: 'Params',
}

/** Chooses the table's columns. */
export function ColumnChooser(props: {
  columns: readonly RunColumn[]
  chosen: readonly string[]
  onChange: (ids: string[] | null) => void
}) {
  const [text, setText] = useState('')
  const found = props.columns.filter((column) => column.title.toLowerCase().includes(text.toLowerCase()))
  const toggle = (id: string) =>
    props.onChange(
      props.chosen.includes(id) ? props.chosen.filter((other) => other !== id) : [...props.chosen, id],
    )
  return (
    <Popover position="bottom-end" shadow="md" trapFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<Columns3 size={14} />}>
          Columns
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Columns">
        <TextInput
          aria-label="Find a column"
          placeholder="Find a column"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          data-autofocus
        />
        <div className="column-list">
          {(['Run', 'Best', 'Last', 'Param'] as const).map((group) => {
            const own = found.filter((column) => column.group === group)
            return own.length === 0 ? null : (
              <fieldset key={group}>
                <legend>{groupTitles[group]}</legend>
                {own.map((column) => (
                  <Checkbox
                    key={column.id}
                    label={column.title}
                    checked={props.chosen.includes(column.id)}
                    disabled={column.id === 'name'}
                    onChange={() => toggle(column.id)}
                  />
                ))}
              </fieldset>
            )
          })}
        </div>
        <Button variant="subtle" size="compact-xs" onClick={() => props.onChange(null)}>
          Usual columns
        </Button>
      </Popover.Dropdown>
    </Popover>
  )
}
