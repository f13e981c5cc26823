import { ActionIcon, Button, Checkbox, Popover, TextInput } from '@mantine/core'
import { ArrowDown, ArrowUp, Columns3, Pin, PinOff } from 'lucide-react'
import { useState } from 'react'
import { plural } from '../../components/format.ts'
import { movedColumn, type RunColumn, shownColumns } from './run-columns.ts'

const groupTitles: Record<RunColumn['group'], string> = {
  Run: 'Run',
  Best: 'Best of a metric',
  Last: 'Last of a metric',
  Curve: 'Curve of a metric',
  Param: 'Params',
  Tag: 'Tags',
}

const groups = ['Run', 'Best', 'Last', 'Curve', 'Param', 'Tag'] as const

/** More in one list can't be looked through: one finds them by name. */
const listedAtMost = 60

/** Chooses the table's columns and their order. */
export function ColumnChooser(props: {
  columns: readonly RunColumn[]
  chosen: readonly string[]
  onChange: (ids: string[] | null) => void
  pinned: readonly string[]
  onPinned: (ids: string[]) => void
}) {
  const { chosen, onChange, pinned } = props
  const [text, setText] = useState('')
  const found = props.columns.filter((column) => column.title.toLowerCase().includes(text.toLowerCase()))
  const toggle = (id: string) =>
    onChange(chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id])
  const pin = (id: string) =>
    props.onPinned(pinned.includes(id) ? pinned.filter((other) => other !== id) : [...pinned, id])
  const shown = shownColumns(props.columns, chosen, pinned).filter(({ id }) => id !== 'name')
  const loose = shown.findIndex(({ id }) => !pinned.includes(id))
  const firstLoose = loose < 0 ? shown.length : loose
  const shownIds = shown.map(({ id }) => id)
  const move = (id: string, by: number) => onChange(movedColumn(shownIds, id, by))
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
          {text === '' && (
            <fieldset>
              <legend>Shown, in this order</legend>
              {shown.map(({ id, title }, place) => (
                <div key={id} className="column-order">
                  <Checkbox label={title} checked onChange={() => toggle(id)} />
                  <ActionIcon
                    size={20}
                    aria-label={`Pin ${title}`}
                    aria-pressed={pinned.includes(id)}
                    title={
                      pinned.includes(id)
                        ? 'Stays at the left while the table is scrolled sideways: let it go'
                        : 'Keep at the left while the table is scrolled sideways'
                    }
                    onClick={() => pin(id)}
                  >
                    {pinned.includes(id) ? <PinOff size={12} /> : <Pin size={12} />}
                  </ActionIcon>
                  <ActionIcon
                    size={20}
                    aria-label={`Move ${title} up`}
                    disabled={place === 0 || place === firstLoose}
                    onClick={() => move(id, -1)}
                  >
                    <ArrowUp size={12} />
                  </ActionIcon>
                  <ActionIcon
                    size={20}
                    aria-label={`Move ${title} down`}
                    disabled={place === shown.length - 1 || place === firstLoose - 1}
                    onClick={() => move(id, 1)}
                  >
                    <ArrowDown size={12} />
                  </ActionIcon>
                </div>
              ))}
            </fieldset>
          )}
          {groups.map((group) => {
            const own = found.filter((column) => column.group === group && column.id !== 'name')
            const others = text === '' ? own.filter(({ id }) => !chosen.includes(id)) : own
            return others.length === 0 ? null : (
              <fieldset key={group}>
                <legend>{groupTitles[group]}</legend>
                {others.slice(0, listedAtMost).map((column) => (
                  <Checkbox
                    key={column.id}
                    label={column.title}
                    checked={chosen.includes(column.id)}
                    onChange={() => toggle(column.id)}
                  />
                ))}
                {others.length > listedAtMost && (
                  <p className="dim">
                    {plural(others.length - listedAtMost, 'more column')}: find them by name.
                  </p>
                )}
              </fieldset>
            )
          })}
        </div>
        <Button variant="subtle" size="compact-xs" onClick={() => onChange(null)}>
          Usual columns
        </Button>
      </Popover.Dropdown>
    </Popover>
  )
}
