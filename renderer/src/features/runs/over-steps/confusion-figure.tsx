import { type ReactNode, useMemo } from 'react'
import { rampColour } from '../../../components/charts/value-ramp.ts'
import { formatNumber, formatPercent } from '../../../components/format.ts'
import { ConfusionTable } from '../evaluation/confusion-table.tsx'
import { atStep, type ConfusionStep } from './step-records.ts'

/** More classes are drawn as a picture: no number of theirs could be read. */
const classesAsTable = 20

function pictureOf({ matrix }: ConfusionStep): string {
  const canvas = document.createElement('canvas')
  canvas.width = matrix.length
  canvas.height = matrix.length
  const context = canvas.getContext('2d')
  if (!context) return ''
  for (const [row, counts] of matrix.entries()) {
    const total = counts.reduce((sum, count) => sum + count, 0)
    for (const [column, count] of counts.entries()) {
      if (count === 0) continue
      const share = Math.sqrt(count / total)
      context.globalAlpha = 0.3 + 0.7 * share
      context.fillStyle = rampColour(share)
      context.fillRect(column, row, 1, 1)
    }
  }
  return canvas.toDataURL()
}

function factsOf({ labels, matrix }: ConfusionStep): {
  share: number
  total: number
  mistake: string | null
} {
  let [total, right, worst] = [0, 0, 0]
  let mistake: string | null = null
  for (const [row, counts] of matrix.entries())
    for (const [column, count] of counts.entries()) {
      total += count
      if (row === column) right += count
      else if (count > worst) {
        worst = count
        mistake = `${labels[row]} taken for ${labels[column]} (${count})`
      }
    }
  return { share: total === 0 ? 0 : right / total, total, mistake }
}

/** What was taken for what at the chosen step. */
export function ConfusionFigure(props: {
  title: string
  fact: ReactNode
  steps: readonly ConfusionStep[]
  step: number
}) {
  const { title, steps, step } = props
  const now = atStep(steps, step)
  const picture = useMemo(() => (now && now.labels.length > classesAsTable ? pictureOf(now) : null), [now])
  const facts = useMemo(() => now && factsOf(now), [now])
  return (
    <figure className="step-figure" aria-label={title}>
      <figcaption>
        <span className="truncate" title={title}>
          {title}
        </span>
        {props.fact}
      </figcaption>
      {!now || !facts ? (
        <p className="dim">Nothing yet at this step.</p>
      ) : (
        <>
          <p className="dim">
            {formatPercent(facts.share)} of {formatNumber(facts.total)} right
            {facts.mistake !== null && `. Most often mistaken: ${facts.mistake}`}
          </p>
          {picture === null ? (
            <ConfusionTable
              caption={`${title} at step ${now.step}`}
              labels={now.labels}
              matrix={now.matrix}
            />
          ) : (
            <img
              className="step-matrix"
              src={picture}
              alt={`Confusion matrix of ${now.labels.length} classes at step ${now.step}: rows are actual, columns predicted`}
            />
          )}
        </>
      )}
    </figure>
  )
}
