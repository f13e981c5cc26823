import { ActionIcon, Button, MultiSelect, Popover, SegmentedControl, Select } from '@mantine/core'
import { ArrowLeft, ArrowRight, Plus, X } from 'lucide-react'
import { memo, type ReactNode, useMemo, useState } from 'react'
import type { Run } from '../../../../core/contract/index.ts'
import { BarChart } from '../../components/charts/bar-chart.tsx'
import { ContourChart } from '../../components/charts/contour-chart.tsx'
import { spansDecades } from '../../components/charts/decades.ts'
import { ParallelCoordinates } from '../../components/charts/parallel-coordinates.tsx'
import { ScatterChart } from '../../components/charts/scatter-chart.tsx'
import { ScatterMatrix } from '../../components/charts/scatter-matrix.tsx'
import { rampColour } from '../../components/charts/value-ramp.ts'
import { Section } from '../../components/section.tsx'
import { fieldsOf, moved, nameOfField, type Panel, valueOfField } from './panel-kinds.ts'
import { colourOfRun } from './run-colour.ts'

const hrefOf = (id: string) => `/runs/${id}`

interface Pointing {
  emphasis: string | null
  onEmphasis: (id: string | null) => void
}

function titleOf(panel: Panel): string {
  switch (panel.kind) {
    case 'bars':
      return `${nameOfField(panel.metric)} by run`
    case 'scatter':
      return `${nameOfField(panel.y)} by ${nameOfField(panel.x)}`
    case 'contour':
      return `${nameOfField(panel.metric)} over ${nameOfField(panel.x)} and ${nameOfField(panel.y)}`
    case 'matrix':
      return `Each of ${panel.fields.map(nameOfField).join(', ')}`
    case 'parallel':
      return panel.fields.map(nameOfField).join(', ')
  }
}

/** A chart that only changes its order stays the same one, and keeps the keyboard's place in it. */
const keyOf = (panel: Panel): string =>
  JSON.stringify(panel.kind === 'parallel' ? { ...panel, fields: [...panel.fields].sort() } : panel)

function BarsPanel(
  props: { runs: readonly Run[]; metric: string; title: string; actions: ReactNode } & Pointing,
) {
  const { runs, metric, ...others } = props
  const bars = runs.map((run) => ({
    id: run.id,
    title: run.name,
    value: Number(valueOfField(run, metric) ?? Number.NaN),
    colour: colourOfRun(run),
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
    return [{ id: run.id, title: run.name, x: place, y: value, colour: colourOfRun(run) }]
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
  props: {
    runs: readonly Run[]
    fields: readonly string[]
    onOrder: (fields: readonly string[]) => void
    title: string
    actions: ReactNode
  } & Pointing,
) {
  const { runs, fields, ...others } = props
  const axes = fields.map((field) => {
    const choices = choicesOf(runs, field)
    if (choices) return { key: field, title: nameOfField(field), choices }
    const logarithmic = spansDecades(runs.map((run) => Number(valueOfField(run, field) ?? Number.NaN)))
    return { key: field, title: nameOfField(field), logarithmic }
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
        Number.isFinite(value) && high > low ? rampColour((value - low) / (high - low)) : colourOfRun(run),
    }
  })
  return <ParallelCoordinates {...others} axes={axes} rows={rows} hrefOf={hrefOf} />
}

function MatrixPanel(
  props: { runs: readonly Run[]; fields: readonly string[]; title: string; actions: ReactNode } & Pointing,
) {
  const { runs, fields, ...others } = props
  const made = useMemo(() => {
    const own = fields.map((key) => ({ key, choices: choicesOf(runs, key) }))
    const numberAt = (run: Run, { key, choices }: (typeof own)[number]): number => {
      const value = valueOfField(run, key)
      if (value === null) return Number.NaN
      return choices ? choices.indexOf(String(value)) : Number(value)
    }
    return {
      fields: own.map(({ key, choices }) => ({
        key,
        title: nameOfField(key),
        ...(choices ? { choices } : {}),
      })),
      rows: runs.map((run) => ({
        id: run.id,
        title: run.name,
        values: Object.fromEntries(own.map((field) => [field.key, numberAt(run, field)])),
        colour: colourOfRun(run),
      })),
    }
  }, [runs, fields])
  return <ScatterMatrix {...others} {...made} hrefOf={hrefOf} />
}

function ContourPanel(
  props: {
    runs: readonly Run[]
    x: string
    y: string
    metric: string
    title: string
    actions: ReactNode
  } & Pointing,
) {
  const { runs, x, y, metric, ...others } = props
  const points = useMemo(() => {
    const numberOf = (run: Run, field: string) => {
      const value = valueOfField(run, field)
      return typeof value === 'number' ? value : Number.NaN
    }
    return runs.map((run) => ({
      id: run.id,
      title: run.name,
      x: numberOf(run, x),
      y: numberOf(run, y),
      value: numberOf(run, metric),
    }))
  }, [runs, x, y, metric])
  return (
    <ContourChart
      {...others}
      runs={points}
      xTitle={nameOfField(x)}
      yTitle={nameOfField(y)}
      valueTitle={nameOfField(metric)}
      hrefOf={hrefOf}
    />
  )
}

function PanelChart(
  props: {
    panel: Panel
    runs: readonly Run[]
    title: string
    actions: ReactNode
    onOrder: (fields: readonly string[]) => void
  } & Pointing,
) {
  const { panel, onOrder, ...common } = props
  switch (panel.kind) {
    case 'bars':
      return <BarsPanel {...common} metric={panel.metric} />
    case 'scatter':
      return <ScatterPanel {...common} x={panel.x} y={panel.y} />
    case 'contour':
      return <ContourPanel {...common} x={panel.x} y={panel.y} metric={panel.metric} />
    case 'matrix':
      return <MatrixPanel {...common} fields={panel.fields} />
    case 'parallel':
      return <ParallelPanel {...common} fields={panel.fields} onOrder={onOrder} />
  }
}

const kindWords = {
  bars: 'Bars',
  scatter: 'Scatter',
  parallel: 'Parallel',
  matrix: 'Matrix',
  contour: 'Contour',
} satisfies Record<Panel['kind'], string>

const verticalWords = { bars: 'Metric', scatter: 'Vertical', contour: 'Vertical' } as const

function PanelBuilder(props: { runs: readonly Run[]; onAdd: (panel: Panel) => void }) {
  const [opened, setOpened] = useState(false)
  const [kind, setKind] = useState<Panel['kind']>('bars')
  const [x, setX] = useState<string | null>(null)
  const [y, setY] = useState<string | null>(null)
  const [over, setOver] = useState<string | null>(null)
  const [fields, setFields] = useState<string[]>([])
  const { metrics, params } = fieldsOf(props.runs)
  const items = (group: string, list: readonly string[]) => ({
    group,
    items: list.map((field) => ({ value: field, label: nameOfField(field) })),
  })
  const data = [items('Params that differ', params), items('Metrics, last value', metrics)]
  const made = (): Panel | null => {
    if (kind === 'parallel') return fields.length >= 2 ? { kind, fields } : null
    if (kind === 'matrix') return fields.length >= 2 ? { kind, fields: fields.slice(0, 6) } : null
    if (!y) return null
    if (kind === 'contour') return x && over && x !== y ? { kind, x, y, metric: over } : null
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
            data={Object.entries(kindWords).map(([value, label]) => ({ value, label }))}
          />
          {kind === 'parallel' || kind === 'matrix' ? (
            <MultiSelect
              label={kind === 'parallel' ? 'Axes, from left to right' : 'Fields, each against each'}
              searchable
              maxValues={kind === 'parallel' ? 12 : 6}
              value={fields}
              onChange={setFields}
              data={data}
              comboboxProps={inside}
            />
          ) : (
            <>
              {kind !== 'bars' && (
                <Select
                  label="Horizontal"
                  searchable
                  allowDeselect={false}
                  value={x}
                  onChange={setX}
                  data={data}
                  comboboxProps={inside}
                />
              )}
              <Select
                label={verticalWords[kind]}
                searchable
                allowDeselect={false}
                value={y}
                onChange={setY}
                data={kind === 'contour' ? data : [items('Metrics, last value', metrics)]}
                comboboxProps={inside}
              />
              {kind === 'contour' && (
                <Select
                  label="Coloured by"
                  searchable
                  allowDeselect={false}
                  value={over}
                  onChange={setOver}
                  data={[items('Metrics, last value', metrics)]}
                  comboboxProps={inside}
                />
              )}
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
          Bars of a metric, two numbers or each against each, levels of a metric over two params, or params
          and metrics in parallel.
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
          const key = keyOf(panel)
          const wide = panel.kind === 'matrix' || panel.kind === 'parallel'
          return (
            <div key={key} className={wide ? 'chart-wide' : undefined}>
              <PanelChart
                {...common}
                panel={panel}
                onOrder={(fields) => onPanels(panels.with(place, { kind: 'parallel', fields: [...fields] }))}
              />
            </div>
          )
        })}
      </div>
    </Section>
  )
})
