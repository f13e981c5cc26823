import { ActionIcon, Button, MultiSelect, Popover, SegmentedControl, Select } from '@mantine/core'
import { ArrowLeft, ArrowRight, Plus, X } from 'lucide-react'
import { memo, type ReactNode, useState } from 'react'
import type { Run } from '../../../../core/contract/index.ts'
import { BarChart } from '../../components/charts/bar-chart.tsx'
import { ParallelCoordinates } from '../../components/charts/parallel-coordinates.tsx'
import { runColour } from '../../components/charts/run-colours.ts'
import { ScatterChart } from '../../components/charts/scatter-chart.tsx'
import { rampColour } from '../../components/charts/value-ramp.ts'
import { Section } from '../../components/section.tsx'
import { fieldsOf, moved, nameOfField, type Panel, valueOfField } from './panel-kinds.ts'

const hrefOf = (id: string) => `/runs/${id}`

interface Pointing {
  emphasis: string | null
  onEmphasis: (id: string | null) => void
}

const titleOf = (panel: Panel): string =>
  panel.kind === 'bars'
    ? `${nameOfField(panel.metric)} by run`
    : panel.kind === 'scatter'
      ? `${nameOfField(panel.y)} by ${nameOfField(panel.x)}`
      : panel.fields.map(nameOfField).join(', ')

function BarsPanel(
  props: { runs: readonly Run[]; metric: string; title: string; actions: ReactNode } & Pointing,
) {
  const { runs, metric, ...others } = props
  const bars = runs.map((run) => ({
    id: run.id,
    title: run.name,
    value: Number(valueOfField(run, metric) ?? Number.NaN),
    colour: runColour(run.id),
  }))
  return <BarChart {...others} bars={bars} hrefOf={hrefOf} />
}

/** The words that an axis of words has, in order; null for an axis of numbers. */
function choicesOf(runs: readonly Run[], field: string): string[] | null {
  const values = runs.map((run) => valueOfField(run, field)).filter((value) => value !== null)
  return values.some((value) => typeof value === 'string') ? [...new Set(values.map(String))].sort() : null
}

function ScatterPanel(
  props: { runs: readonly Run[]; x: string; y: string; title: string; actions: ReactNode } & Pointing,
) {
  const { runs, x, y, ...others } = props
  const choices = choicesOf(runs, x)
  const points = runs.flatMap((run) => {
    const [at, value] = [valueOfField(run, x), valueOfField(run, y)]
    if (at === null || typeof value !== 'number') return []
    const place = choices ? choices.indexOf(String(at)) : Number(at)
    return [{ id: run.id, title: run.name, x: place, y: value, colour: runColour(run.id) }]
  })
  return (
    <ScatterChart
      {...others}
      points={points}
      {...(choices ? { choices } : {})}
      height={240}
      hrefOf={hrefOf}
      trend
      xTitle={nameOfField(x)}
      yTitle={nameOfField(y)}
    />
  )
}

function ParallelPanel(
  props: { runs: readonly Run[]; fields: readonly string[]; title: string; actions: ReactNode } & Pointing,
) {
  const { runs, fields, ...others } = props
  const axes = fields.map((field) => {
    const choices = choicesOf(runs, field)
    return { key: field, title: nameOfField(field), ...(choices ? { choices } : {}) }
  })
  // Coloured by the last axis, on which the eye ends.
  const last = fields.at(-1) ?? ''
  const numbers = runs.map((run) => Number(valueOfField(run, last))).filter(Number.isFinite)
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)]
  const rows = runs.map((run) => {
    const value = Number(valueOfField(run, last))
    return {
      id: run.id,
      title: run.name,
      values: Object.fromEntries(fields.map((field) => [field, valueOfField(run, field)])),
      colour:
        Number.isFinite(value) && high > low ? rampColour((value - low) / (high - low)) : runColour(run.id),
    }
  })
  return <ParallelCoordinates {...others} axes={axes} rows={rows} hrefOf={hrefOf} />
}

function PanelBuilder(props: { runs: readonly Run[]; onAdd: (panel: Panel) => void }) {
  const [opened, setOpened] = useState(false)
  const [kind, setKind] = useState<Panel['kind']>('bars')
  const [x, setX] = useState<string | null>(null)
  const [y, setY] = useState<string | null>(null)
  const [fields, setFields] = useState<string[]>([])
  const { metrics, params } = fieldsOf(props.runs)
  const items = (group: string, list: readonly string[]) => ({
    group,
    items: list.map((field) => ({ value: field, label: nameOfField(field) })),
  })
  const data = [items('Params that differ', params), items('Metrics, last value', metrics)]
  const made = (): Panel | null => {
    if (kind === 'parallel') return fields.length >= 2 ? { kind, fields } : null
    if (!y) return null
    if (kind === 'bars') return { kind, metric: y }
    return x ? { kind, x, y } : null
  }
  const panel = made()
  const inside = { withinPortal: false }
  return (
    <Popover position="bottom-end" shadow="md" trapFocus opened={opened} onChange={setOpened}>
      <Popover.Target>
        <Button variant="default" leftSection={<Plus size={14} />} onClick={() => setOpened(!opened)}>
          Add a chart
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Add a chart">
        <div className="chart-settings">
          <SegmentedControl
            aria-label="Kind of chart"
            value={kind}
            onChange={(value) => setKind(value as Panel['kind'])}
            data={[
              { value: 'bars', label: 'Bars' },
              { value: 'scatter', label: 'Scatter' },
              { value: 'parallel', label: 'Parallel' },
            ]}
          />
          {kind === 'parallel' ? (
            <MultiSelect
              label="Axes, from left to right"
              searchable
              maxValues={12}
              value={fields}
              onChange={setFields}
              data={data}
              comboboxProps={inside}
            />
          ) : (
            <>
              {kind === 'scatter' && (
                <Select
                  label="Horizontal"
                  searchable
                  value={x}
                  onChange={setX}
                  data={data}
                  comboboxProps={inside}
                />
              )}
              <Select
                label={kind === 'bars' ? 'Metric' : 'Vertical'}
                searchable
                value={y}
                onChange={setY}
                data={[items('Metrics, last value', metrics)]}
                comboboxProps={inside}
              />
            </>
          )}
          <Button
            disabled={!panel}
            onClick={() => {
              if (panel) props.onAdd(panel)
              setOpened(false)
            }}
          >
            Add
          </Button>
        </div>
      </Popover.Dropdown>
    </Popover>
  )
}

/** Charts whose marks are runs: chosen, ordered and removed by the person. */
export const RunPanels = memo(function RunPanels(
  props: {
    runs: readonly Run[]
    panels: readonly Panel[]
    onPanels: (panels: readonly Panel[]) => void
  } & Pointing,
) {
  const { runs, panels, onPanels, emphasis, onEmphasis } = props
  const pointing = { emphasis, onEmphasis }
  return (
    <Section
      title="Charts of runs"
      actions={<PanelBuilder runs={runs} onAdd={(panel) => onPanels([...panels, panel])} />}
    >
      {panels.length === 0 && (
        <p className="dim">
          Bars of a metric, two numbers against each other, or params and metrics in parallel.
        </p>
      )}
      <div className="chart-board">
        {panels.map((panel, place) => {
          const title = titleOf(panel)
          const actions = (
            <>
              <ActionIcon
                size={22}
                aria-label={`Move ${title} back`}
                disabled={place === 0}
                onClick={() => onPanels(moved(panels, place, -1))}
              >
                <ArrowLeft size={14} />
              </ActionIcon>
              <ActionIcon
                size={22}
                aria-label={`Move ${title} on`}
                disabled={place === panels.length - 1}
                onClick={() => onPanels(moved(panels, place, 1))}
              >
                <ArrowRight size={14} />
              </ActionIcon>
              <ActionIcon
                size={22}
                aria-label={`Remove ${title}`}
                onClick={() => onPanels(panels.filter((_, other) => other !== place))}
              >
                <X size={14} />
              </ActionIcon>
            </>
          )
          const common = { runs, title, actions, ...pointing }
          const key = JSON.stringify(panel)
          if (panel.kind === 'bars') return <BarsPanel key={key} {...common} metric={panel.metric} />
          if (panel.kind === 'scatter') return <ScatterPanel key={key} {...common} x={panel.x} y={panel.y} />
          return (
            <div key={key} className="chart-wide">
              <ParallelPanel {...common} fields={panel.fields} />
            </div>
          )
        })}
      </div>
    </Section>
  )
})
