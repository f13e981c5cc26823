import { Button, Checkbox, Popover, TextInput } from '@mantine/core'
import { FlaskRound } from 'lucide-react'
import { useState } from 'react'
import { formatNumber } from '../../components/format.ts'
import { useQuery } from '../../components/use-query.ts'

/** Chooses whose runs are shown; none chosen: all. Not there while there is only one experiment. */
export function ExperimentChooser(props: { chosen: readonly string[]; onChange: (names: string[]) => void }) {
  const { chosen, onChange } = props
  const [text, setText] = useState('')
  const experiments = useQuery(
    'experiments.list',
    { lifecycle: 'active' },
    { refreshOn: ({ type }) => type === 'run.changed' },
  )
  const all = experiments.data ?? []
  if (all.length < 2 && chosen.length === 0) return null
  const found = all.filter(({ name }) => name.toLowerCase().includes(text.toLowerCase()))
  const title =
    chosen.length === 0 ? 'All experiments' : chosen.length === 1 ? chosen[0] : `${chosen.length} experiments`
  return (
    <Popover position="bottom-start" shadow="md" trapFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<FlaskRound size={14} />} maw={220} title={chosen.join('\n')}>
          {title}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Experiments">
        <TextInput
          aria-label="Find an experiment"
          placeholder="Find an experiment"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          data-autofocus
        />
        <div className="column-list">
          <fieldset>
            <legend>Experiments</legend>
            {found.map(({ id, name, runs }) => (
              <Checkbox
                key={id}
                label={`${name} (${formatNumber(runs)})`}
                checked={chosen.includes(name)}
                onChange={() =>
                  onChange(
                    chosen.includes(name) ? chosen.filter((other) => other !== name) : [...chosen, name],
                  )
                }
              />
            ))}
          </fieldset>
        </div>
        <Button variant="subtle" size="compact-xs" onClick={() => onChange([])}>
          All experiments
        </Button>
      </Popover.Dropdown>
    </Popover>
  )
}
