import { SegmentedControl } from '@mantine/core'
import { useEffect, useState } from 'react'
import { blobUrl } from '../../client/rpc.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { formatNumber, plural } from '../../components/format.ts'
import { Section } from '../../components/section.tsx'
import {
  commonMistakes,
  evaluationPath,
  parseEvaluation,
  type RunEvaluation,
  type SubsetEvaluation,
} from './evaluation.ts'

function useEvaluation(hash: string): { evaluation: RunEvaluation | null; error: Error | null } {
  const [answer, setAnswer] = useState<{ evaluation: RunEvaluation | null; error: Error | null }>({
    evaluation: null,
    error: null,
  })
  useEffect(() => {
    const stopped = new AbortController()
    const read = async () => {
      const response = await fetch(blobUrl(hash), { signal: stopped.signal })
      if (!response.ok) throw new Error(`${evaluationPath} could not be read (${response.status}).`)
      return parseEvaluation(await response.text())
    }
    read().then(
      (evaluation) => setAnswer({ evaluation, error: null }),
      (error: Error) => {
        if (!stopped.signal.aborted) setAnswer({ evaluation: null, error })
      },
    )
    return () => stopped.abort()
  }, [hash])
  return answer
}

/** Rows are what a picture is, columns what it was taken for; darker is a larger part of the row. */
function ConfusionMatrix({ labels, subset }: { labels: string[]; subset: SubsetEvaluation }) {
  return (
    <div className="table-frame">
      <table className="confusion" data-many={labels.length > 20}>
        <caption className="visually-hidden">
          Confusion matrix of the {subset.subset} subset: rows are actual, columns predicted classes
        </caption>
        <thead>
          <tr>
            <th scope="col" className="dim">
              actual \ predicted
            </th>
            {labels.map((label) => (
              <th key={label} scope="col" title={label}>
                {label}
              </th>
            ))}
            <th scope="col">Recall</th>
          </tr>
        </thead>
        <tbody>
          {labels.map((actual, row) => {
            const counts = subset.confusion[row] ?? []
            const total = counts.reduce((sum, count) => sum + count, 0)
            return (
              <tr key={actual}>
                <th scope="row" title={actual}>
                  {actual}
                </th>
                {labels.map((predicted, column) => {
                  const count = counts[column] ?? 0
                  const share = total === 0 ? 0 : count / total
                  return (
                    <td
                      key={predicted}
                      title={`${actual} taken for ${predicted}: ${count} of ${total}`}
                      data-strong={share > 0.5}
                      data-zero={count === 0}
                      style={{ '--share': share } as Record<string, number>}
                    >
                      {count === 0 ? '·' : count}
                    </td>
                  )
                })}
                <td className="confusion-recall">
                  {total === 0 ? 'no samples' : formatNumber((counts[row] ?? 0) / total)}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

/** What the run's model takes for what, by subset. */
export function EvaluationSection({ hash }: { hash: string }) {
  const { evaluation, error } = useEvaluation(hash)
  const [chosen, setChosen] = useState<string | null>(null)
  if (error) return <ErrorPanel title="The evaluation could not be shown" error={error} />
  const subset = evaluation?.subsets.find((one) => one.subset === chosen) ?? evaluation?.subsets[0]
  if (!evaluation || !subset) return null
  const mistakes = commonMistakes(evaluation, subset, 5)
  return (
    <Section
      title="What is taken for what"
      actions={
        evaluation.subsets.length > 1 && (
          <SegmentedControl
            aria-label="Subset"
            value={subset.subset}
            onChange={setChosen}
            data={evaluation.subsets.map((one) => one.subset)}
          />
        )
      }
    >
      <p className="dim">
        {plural(subset.samples, 'picture')} of the {subset.subset} subset
        {subset.accuracy !== null && `, ${formatNumber(subset.accuracy * 100)} % right`}
        {mistakes.length > 0 &&
          `. Most often mistaken: ${mistakes.map((one) => `${one.actual} taken for ${one.predicted} (${one.count})`).join(', ')}.`}
      </p>
      <ConfusionMatrix labels={evaluation.labels} subset={subset} />
    </Section>
  )
}
