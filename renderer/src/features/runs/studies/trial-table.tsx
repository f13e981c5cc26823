import { useVirtualizer } from '@tanstack/react-virtual'
import { useState } from 'react'
import { Link } from 'wouter'
import type { Study, Trial } from '../../../../../core/contract/index.ts'
import { formatNumber } from '../../../components/format.ts'
import { NumberText } from '../../../components/number-text.tsx'
import { trialStatusWords } from './study-words.ts'

const rowHeight = 28

/** All trials with their parameters; the best first where sorted by value. */
export function TrialTable(props: {
  study: Study
  trials: readonly Trial[]
  titleOf: (key: string) => string
  emphasis: string | null
  onEmphasis: (runId: string | null) => void
}) {
  const { study, trials, titleOf } = props
  const [scroller, setScroller] = useState<HTMLElement | null>(null)
  const [byValue, setByValue] = useState(false)
  const sign = study.direction === 'minimize' ? 1 : -1
  const worst = Number.POSITIVE_INFINITY
  const sorted = byValue
    ? [...trials].sort(
        (a, b) =>
          (a.value === null ? worst : sign * a.value) - (b.value === null ? worst : sign * b.value) ||
          a.number - b.number,
      )
    : trials
  const keys = Object.keys(study.space)
  const rows = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => scroller,
    estimateSize: () => rowHeight,
    overscan: 10,
  })
  const shown = rows.getVirtualItems()
  const above = shown[0]?.start ?? 0
  const below = rows.getTotalSize() - (shown.at(-1)?.end ?? 0)
  const order = (wanted: boolean) =>
    byValue === wanted ? (wanted && sign < 0 ? 'descending' : 'ascending') : 'none'
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section ref={setScroller} className="trial-table" aria-label="Trials" tabIndex={0}>
      <table aria-rowcount={trials.length + 1}>
        <thead>
          <tr>
            <th scope="col" aria-sort={order(false)}>
              <button type="button" onClick={() => setByValue(false)}>
                Trial
              </button>
            </th>
            <th scope="col">Status</th>
            <th scope="col" aria-sort={order(true)} data-kind="number">
              <button type="button" onClick={() => setByValue(true)}>
                {study.objective}
              </button>
            </th>
            <th scope="col" data-kind="number">
              Epochs
            </th>
            {keys.map((key) => (
              <th key={key} scope="col" data-kind={study.space[key]?.kind === 'choice' ? 'text' : 'number'}>
                {titleOf(key)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {above > 0 && <tr aria-hidden style={{ height: above }} />}
          {shown.map(({ index }) => {
            const trial = sorted[index]
            if (!trial) return null
            return (
              <tr
                key={trial.number}
                data-emphasis={props.emphasis === trial.runId}
                onPointerEnter={() => props.onEmphasis(trial.runId)}
                onPointerLeave={() => props.onEmphasis(null)}
              >
                <td>
                  <Link href={`/runs/${trial.runId}`}>{`Trial ${trial.number}`}</Link>
                  {study.best?.number === trial.number && <span className="trial-best">best</span>}
                </td>
                <td>{trialStatusWords[trial.status]}</td>
                <td data-kind="number">
                  <NumberText value={trial.value} digits={4} />
                </td>
                <td data-kind="number">{trial.epochs}</td>
                {keys.map((key) => {
                  const value = trial.parameters[key]
                  return (
                    <td
                      key={key}
                      data-kind={typeof value === 'number' ? 'number' : 'text'}
                      title={String(value)}
                    >
                      {typeof value === 'number' ? formatNumber(value) : String(value)}
                    </td>
                  )
                })}
              </tr>
            )
          })}
          {below > 0 && <tr aria-hidden style={{ height: below }} />}
        </tbody>
      </table>
    </section>
  )
}
