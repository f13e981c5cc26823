import { Eye, EyeOff } from 'lucide-react'
import { memo } from 'react'
import type { Run } from '../../../../core/contract/index.ts'
import { afterLegendClick } from '../../components/charts/legend.ts'
import { colourOfRun } from './run-colour.ts'

/** The runs of a board: pointing at one brings its curves forward, a click leaves it alone, alt-click hides it. */
export const RunLegend = memo(function RunLegend(props: {
  runs: readonly Run[]
  hidden: ReadonlySet<string>
  onHidden: (hidden: ReadonlySet<string>) => void
  onPoint: (runId: string | null) => void
}) {
  const ids = props.runs.map((run) => run.id)
  return (
    <ul className="run-legend" aria-label="Runs in the charts">
      {props.runs.map((run) => {
        const hidden = props.hidden.has(run.id)
        return (
          <li
            key={run.id}
            data-hidden={hidden}
            onPointerEnter={() => props.onPoint(run.id)}
            onPointerLeave={() => props.onPoint(null)}
          >
            <button
              type="button"
              className="truncate"
              title={`${run.name}\nClick: only this run. Alt-click: hide it.`}
              onClick={(event) => props.onHidden(afterLegendClick(ids, props.hidden, run.id, event.altKey))}
              onFocus={() => props.onPoint(run.id)}
              onBlur={() => props.onPoint(null)}
            >
              <span className="run-key" style={{ background: colourOfRun(run) }} />
              {run.name}
            </button>
            <button
              type="button"
              className="run-legend-eye"
              aria-label={hidden ? `Show ${run.name}` : `Hide ${run.name}`}
              onClick={() => props.onHidden(afterLegendClick(ids, props.hidden, run.id, true))}
            >
              {hidden ? <EyeOff size={14} /> : <Eye size={14} />}
            </button>
          </li>
        )
      })}
    </ul>
  )
})
