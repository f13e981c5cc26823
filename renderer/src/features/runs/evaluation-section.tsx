import { Button, SegmentedControl } from '@mantine/core'
import { useEffect, useState } from 'react'
import { Link } from 'wouter'
import type { RunEvaluation as Rankings } from '../../../../core/contract/index.ts'
import { blobUrl, thumbnailUrl } from '../../client/rpc.ts'
import { classColour } from '../../components/charts/run-colours.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { formatNumber, formatPercent, plural } from '../../components/format.ts'
import { Section } from '../../components/section.tsx'
import { useQuery } from '../../components/use-query.ts'
import { ConfusionTable } from './evaluation/confusion-table.tsx'
import { RankingCharts } from './evaluation/ranking-charts.tsx'
import { ReliabilityDiagram } from './evaluation/reliability-diagram.tsx'
import { SlicesChart } from './evaluation/slices-chart.tsx'
import {
  type ClassRow,
  commonMistakes,
  evaluationPath,
  parseEvaluation,
  type RunEvaluation,
  type SubsetEvaluation,
} from './evaluation.ts'

/** Of the confusion matrix: indices into the labels. */
interface Cell {
  actual: number
  predicted: number
}

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

/** What the pictures of a subset were taken for; a cell whose pictures are known shows them. */
function ConfusionMatrix(props: {
  labels: string[]
  subset: SubsetEvaluation
  onCell: (cell: Cell) => void
}) {
  const { labels, subset, onCell } = props
  return (
    <ConfusionTable
      caption={`Confusion matrix of the ${subset.subset} subset`}
      labels={labels}
      matrix={subset.confusion}
      cell={(actual, predicted, count) =>
        subset.judged.length === 0 ? (
          count
        ) : (
          <button
            type="button"
            className="confusion-cell"
            aria-label={`Show the ${count} of ${labels[actual]} taken for ${labels[predicted]}`}
            onClick={() => onCell({ actual, predicted })}
          >
            {count}
          </button>
        )
      }
    />
  )
}

const shownJudged = 60

/** The pictures of one cell of the matrix, or the surest mistakes. */
function JudgedPictures(props: {
  evaluation: RunEvaluation
  subset: SubsetEvaluation
  cell: Cell | null
  versionId: string | null
  onAll: () => void
}) {
  const { evaluation, subset, cell, versionId, onAll } = props
  const name = (label: number) => evaluation.labels[label] ?? '?'
  const chosen = subset.judged.filter((one) =>
    cell ? one.actual === cell.actual && one.predicted === cell.predicted : one.actual !== one.predicted,
  )
  if (subset.judged.length === 0) return null
  const title = cell ? `${name(cell.actual)} taken for ${name(cell.predicted)}` : 'Surest mistakes'
  return (
    <section aria-label={title}>
      <h3 className="evaluation-title">
        {title} ({chosen.length})
        {cell && (
          <Button size="compact-xs" variant="subtle" onClick={onAll}>
            Show all mistakes
          </Button>
        )}
      </h3>
      {chosen.length === 0 && <p className="dim">None.</p>}
      <ul className="judged">
        {chosen.slice(0, shownJudged).map((one) => {
          const picture = one.hash && <img src={thumbnailUrl(one.hash, 64)} alt="" width={64} height={64} />
          const words = `${name(one.actual)} taken for ${name(one.predicted)}, ${formatPercent(one.confidence)} sure`
          const address = `/data/${versionId}?search=${encodeURIComponent(one.path)}`
          return (
            <li key={one.path} title={`${one.path}: ${words}`}>
              {picture}
              {versionId === null ? one.path : <Link href={address}>{one.path}</Link>}
              <span className="dim tabular">{words}</span>
            </li>
          )
        })}
      </ul>
      {chosen.length > shownJudged && (
        <p className="dim">The first {shownJudged} are shown; evaluation.json lists more.</p>
      )}
    </section>
  )
}

const numberOr = (value: number | null): string => (value === null ? 'none' : formatNumber(value))

/** Of each class; pointing at one brings its curve forward. */
function ClassTable(props: {
  classes: ClassRow[]
  rankings: Rankings['classes'] | undefined
  onEmphasis: (label: string | null) => void
}) {
  const { classes, rankings, onEmphasis } = props
  if (classes.length === 0) return null
  const precisions = new Map(
    rankings?.map(({ label, ranking }) => [label, ranking?.averagePrecision ?? null]),
  )
  const titles = ['Class', 'Pictures', 'Precision', 'Recall', 'F1', 'ROC AUC']
  return (
    <div className="table-frame">
      <table className="plain-table">
        <thead>
          <tr>
            {[...titles, ...(rankings ? ['Average precision'] : [])].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {classes.map(({ label, support, precision, recall, f1, auc }) => (
            <tr key={label} onPointerEnter={() => onEmphasis(label)} onPointerLeave={() => onEmphasis(null)}>
              <th scope="row" className="breakable">
                {rankings && <span className="class-key" style={{ background: classColour(label) }} />}
                {label}
              </th>
              <td>{support}</td>
              {[precision, recall, f1, auc].map((value, index) => (
                <td key={['precision', 'recall', 'f1', 'auc'][index]}>{numberOr(value)}</td>
              ))}
              {rankings && <td>{numberOr(precisions.get(label) ?? null)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const intervalText = (interval: [number, number] | null): string =>
  interval ? ` (95 %: ${formatPercent(interval[0])} to ${formatPercent(interval[1])})` : ''

/** Curves and slices, which the engine makes of the answers that the run kept. */
function RankingPart(props: {
  data: Rankings | undefined
  error: Error | undefined
  kept: boolean
  emphasis: string | null
}) {
  const { data, error, kept, emphasis } = props
  if (!kept)
    return (
      <p className="dim">
        This run kept no answers of single pictures: train again to see ROC curves, precision and recall, and
        slices.
      </p>
    )
  if (error) return <ErrorPanel title="The curves could not be shown" error={error} />
  return data ? (
    <RankingCharts evaluation={data} emphasis={emphasis} />
  ) : (
    <div className="ranking-charts ranking-waiting" aria-busy="true" />
  )
}

/** What the run's model takes for what, by subset. `kept`: the run has its answers to single pictures. */
export function EvaluationSection(props: {
  runId: string
  hash: string
  versionId: string | null
  kept: boolean
}) {
  const { runId, hash, versionId, kept } = props
  const [cell, setCell] = useState<Cell | null>(null)
  const { evaluation, error } = useEvaluation(hash)
  const [chosen, setChosen] = useState<string | null>(null)
  const [emphasis, setEmphasis] = useState<string | null>(null)
  const subset = evaluation?.subsets.find((one) => one.subset === chosen) ?? evaluation?.subsets[0]
  const rankings = useQuery(
    'runs.evaluation',
    { runId, subset: subset?.subset === 'validation' ? 'validation' : 'test', errors: 0 },
    { enabled: kept && subset !== undefined },
  )
  if (error) return <ErrorPanel title="The evaluation could not be shown" error={error} />
  if (!evaluation || !subset) return null
  const mistakes = commonMistakes(evaluation, subset, 5)
  const told = rankings.data?.subset === subset.subset ? rankings.data : undefined
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
        {subset.accuracy !== null &&
          `, ${formatNumber(subset.accuracy * 100)} % right${intervalText(subset.intervals.accuracy)}`}
        {subset.macroF1 !== null &&
          `, mean F1 ${formatNumber(subset.macroF1)}${intervalText(subset.intervals.f1)}`}
        {mistakes.length > 0 &&
          `. Most often mistaken: ${mistakes.map((one) => `${one.actual} taken for ${one.predicted} (${one.count})`).join(', ')}.`}
      </p>
      <ConfusionMatrix labels={evaluation.labels} subset={subset} onCell={setCell} />
      <JudgedPictures
        evaluation={evaluation}
        subset={subset}
        cell={cell}
        versionId={versionId}
        onAll={() => setCell(null)}
      />
      <h3 className="evaluation-title">How well the classes are told apart</h3>
      <RankingPart data={told} error={rankings.error} kept={kept} emphasis={emphasis} />
      <ClassTable classes={subset.classes} rankings={told?.classes} onEmphasis={setEmphasis} />
      <h3 className="evaluation-title">Where it can be trusted</h3>
      <div className="ranking-charts">
        <ReliabilityDiagram calibration={subset.calibration} />
        {told && <SlicesChart slices={told.slices} accuracy={1 - told.errorCount / told.samples} />}
      </div>
    </Section>
  )
}
