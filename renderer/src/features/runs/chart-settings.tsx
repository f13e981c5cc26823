import { Button, Popover, SegmentedControl, Select, Slider, Switch } from '@mantine/core'
import { SlidersHorizontal } from 'lucide-react'
import { useState } from 'react'
import type { Smoothing } from '../../components/charts/smoothing.ts'
import { metricOfAxis, type XAxisKind } from './live-series.ts'
import { type BandKind, type GroupField, isGroupField } from './run-groups.ts'

export interface ChartSettings {
  by: XAxisKind
  logarithmic: boolean
  logarithmicX: boolean
  fromZero: boolean
  ignoreOutliers: boolean
  smoothing: Smoothing
  group: GroupField | null
  band: BandKind
}

const axisChoices = [
  { value: 'step', label: 'Step' },
  { value: 'epoch', label: 'Epoch' },
  { value: 'time', label: 'Time' },
  { value: 'clock', label: 'Clock' },
]

const largestWindow = 100

/** How a board of curves is drawn. */
export function ChartSettingsControls(props: {
  value: ChartSettings
  onChange: (changes: Partial<ChartSettings>) => void
  /** Metrics that may stand on the horizontal axis. */
  metrics: readonly string[]
  fields: readonly GroupField[]
}) {
  const { value, onChange } = props
  const { smoothing } = value
  const [dragged, setDragged] = useState<number | null>(null)
  const amount = dragged ?? (smoothing.kind === 'average' ? smoothing.weight : smoothing.points)
  const smoothed = (next: number): Smoothing =>
    smoothing.kind === 'average' ? { kind: 'average', weight: next } : { kind: 'window', points: next }
  return (
    <>
      <SegmentedControl
        aria-label="Horizontal axis"
        value={value.by}
        onChange={(by) => onChange({ by: by as XAxisKind })}
        data={axisChoices}
      />
      <div className="smoothing">
        <span id="smoothing-label">Smoothing</span>
        <Slider
          w={110}
          min={smoothing.kind === 'average' ? 0 : 1}
          max={smoothing.kind === 'average' ? 0.99 : largestWindow}
          step={smoothing.kind === 'average' ? 0.01 : 1}
          value={amount}
          thumbProps={{ 'aria-labelledby': 'smoothing-label' }}
          label={null}
          onChange={setDragged}
          onChangeEnd={(next) => {
            setDragged(null)
            onChange({ smoothing: smoothed(next) })
          }}
        />
        <span className="tabular smoothing-amount">
          {smoothing.kind === 'average' ? amount.toFixed(2) : amount}
        </span>
      </div>
      <Switch
        size="xs"
        label="Log scale"
        checked={value.logarithmic}
        onChange={(event) => onChange({ logarithmic: event.currentTarget.checked })}
      />
      <Select
        aria-label="Group by"
        placeholder="Group by"
        w={140}
        clearable
        searchable
        value={value.group}
        onChange={(group) => onChange({ group: isGroupField(group) ? group : null })}
        data={props.fields.map((field) => ({ value: field, label: field.slice(field.indexOf('.') + 1) }))}
      />
      <Popover position="bottom-start" shadow="md" trapFocus>
        <Popover.Target>
          <Button variant="default" leftSection={<SlidersHorizontal size={14} />}>
            Axes
          </Button>
        </Popover.Target>
        <Popover.Dropdown aria-label="Axes, smoothing and bands">
          <div className="chart-settings">
            <Select
              label="Another metric on the horizontal axis"
              placeholder="None"
              clearable
              searchable
              value={metricOfAxis(value.by)}
              onChange={(key) => onChange({ by: key === null ? 'step' : `metric:${key}` })}
              data={[...props.metrics]}
              comboboxProps={{ withinPortal: false }}
            />
            <Switch
              label="Horizontal log scale"
              checked={value.logarithmicX}
              disabled={value.by === 'clock'}
              onChange={(event) => onChange({ logarithmicX: event.currentTarget.checked })}
            />
            <Switch
              label="From zero"
              checked={value.fromZero}
              disabled={value.logarithmic}
              onChange={(event) => onChange({ fromZero: event.currentTarget.checked })}
            />
            <Switch
              label="Ignore outliers (2 % at each end)"
              checked={value.ignoreOutliers}
              onChange={(event) => onChange({ ignoreOutliers: event.currentTarget.checked })}
            />
            <span id="smoothing-kind">Smoothing by</span>
            <SegmentedControl
              aria-labelledby="smoothing-kind"
              value={smoothing.kind}
              onChange={(kind) =>
                onChange({
                  smoothing:
                    kind === 'window' ? { kind: 'window', points: 10 } : { kind: 'average', weight: 0.6 },
                })
              }
              data={[
                { value: 'average', label: 'Moving average' },
                { value: 'window', label: 'Window' },
              ]}
            />
            <span id="band-kind">Band around a group’s mean</span>
            <SegmentedControl
              aria-labelledby="band-kind"
              value={value.band}
              onChange={(band) => onChange({ band: band as BandKind })}
              data={[
                { value: 'range', label: 'Min to max' },
                { value: 'interval', label: '95 % interval' },
                { value: 'error', label: 'Standard error' },
              ]}
            />
          </div>
        </Popover.Dropdown>
      </Popover>
    </>
  )
}
