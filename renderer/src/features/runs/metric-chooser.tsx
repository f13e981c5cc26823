import { Button, Checkbox, Popover, TextInput } from '@mantine/core'
import { ListFilter } from 'lucide-react'
import { useState } from 'react'

/** Chooses the metrics that have a chart. */
export function MetricChooser(props: {
  keys: readonly string[]
  chosen: readonly string[]
  onChange: (keys: string[] | null) => void
}) {
  const [text, setText] = useState('')
  const found = props.keys.filter((key) => key.toLowerCase().includes(text.toLowerCase()))
  const toggle = (key: string) =>
    props.onChange(props.keys.filter((other) => props.chosen.includes(other) !== (other === key)))
  return (
    <Popover position="bottom-end" shadow="md" trapFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<ListFilter size={14} />}>
          {props.chosen.length} of {props.keys.length} metrics
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Metrics shown">
        <TextInput
          aria-label="Find a metric"
          placeholder="Find a metric"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          data-autofocus
        />
        <div className="column-list">
          <fieldset>
            <legend>Metrics shown</legend>
            {found.map((key) => (
              <Checkbox
                key={key}
                label={key}
                checked={props.chosen.includes(key)}
                onChange={() => toggle(key)}
              />
            ))}
          </fieldset>
        </div>
        <Button variant="subtle" size="compact-xs" onClick={() => props.onChange(null)}>
          Usual metrics
        </Button>
      </Popover.Dropdown>
    </Popover>
  )
}
