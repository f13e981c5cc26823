import { MultiSelect, SegmentedControl } from '@mantine/core'
import { memo, type ReactNode, useEffect, useMemo, useState } from 'react'
import type { Run } from '../../../../../core/contract/index.ts'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { formatNumber, plural } from '../../../components/format.ts'
import { Section } from '../../../components/section.tsx'
import { SkeletonRows } from '../../../components/skeleton-rows.tsx'
import { colourOfRun } from '../run-colour.ts'
import { useUrlState } from '../url-state.ts'
import { ConfusionFigure } from './confusion-figure.tsx'
import { HistogramFigure } from './histogram-figure.tsx'
import { PicturesFigure } from './pictures-figure.tsx'
import {
  atStep,
  type ConfusionStep,
  confusionsIn,
  type HistogramStep,
  histogramsIn,
  rangeOf,
  type StepKind,
  type StepRecord,
  stepKinds,
  stepRecords,
} from './step-records.ts'
import { filesAtMost, useStepContents } from './use-step-contents.ts'
import './over-steps.css'

const kindWords: Record<StepKind, string> = {
  histograms: 'Histograms',
  images: 'Images',
  confusion: 'Confusion matrices',
}
/** Of a run's tags so many are shown until others are chosen; and so many at most. */
const tagsAtFirst = 4
const tagsAtMost = 12
const settleMs = 300

/** One tag of one run. */
type Shown = { run: Run; tag: string; record: StepRecord } & (
  | { kind: 'histograms'; steps: HistogramStep[] }
  | { kind: 'confusion'; steps: ConfusionStep[] }
  | { kind: 'images'; steps: { step: number }[] }
)

function chosenTags(text: string | null, tags: readonly string[]): readonly string[] {
  try {
    const asked: unknown = JSON.parse(text ?? 'null')
    if (Array.isArray(asked)) {
      const known = tags.filter((tag) => asked.includes(tag))
      if (known.length > 0) return known.slice(0, tagsAtMost)
    }
  } catch {
    // An address that was typed.
  }
  return tags.slice(0, tagsAtFirst)
}

function shownOf(run: Run, record: StepRecord, text: string | undefined): Shown {
  const { kind, tag, files } = record
  switch (kind) {
    case 'histograms':
      return { run, tag, record, kind, steps: histogramsIn(text ?? '') }
    case 'confusion':
      return { run, tag, record, kind, steps: confusionsIn(text ?? '') }
    case 'images':
      return { run, tag, record, kind, steps: files.map(({ step }) => ({ step: step ?? 0 })) }
  }
}

/** The step of the slider: that of the address, and while it is drawn, one of its own. Null: the newest, whatever that is. */
function useChosenStep(): [number | null, (step: number) => void] {
  const { get, set } = useUrlState()
  const text = get('at')
  const asked = text !== null && Number.isFinite(Number(text)) ? Number(text) : null
  const [drawn, setDrawn] = useState<number | null>(null)
  useEffect(() => {
    if (drawn === null) return
    // A browser takes only so many addresses a second.
    const timer = setTimeout(() => {
      set({ at: String(drawn) })
      setDrawn(null)
    }, settleMs)
    return () => clearTimeout(timer)
  }, [drawn, set])
  return [drawn ?? asked, setDrawn]
}

function StepSlider(props: { steps: readonly number[]; step: number; onStep: (step: number) => void }) {
  const { steps, step, onStep } = props
  const place = Math.max(
    0,
    steps.findLastIndex((one) => one <= step),
  )
  return (
    <label className="step-slider">
      <span>Step</span>
      <input
        type="range"
        min={0}
        max={Math.max(0, steps.length - 1)}
        value={place}
        aria-valuetext={`Step ${steps[place] ?? 0}, ${place + 1} of ${steps.length}`}
        onChange={(event) => onStep(steps[Number(event.currentTarget.value)] ?? step)}
      />
      <output className="tabular">
        {formatNumber(steps[place] ?? 0)}{' '}
        <span className="dim">
          ({formatNumber(place + 1)} of {formatNumber(steps.length)})
        </span>
      </output>
    </label>
  )
}

/** What runs keep of many steps, side by side at one step: distributions, pictures, confusion matrices. */
export const OverSteps = memo(function OverSteps({ runs }: { runs: readonly Run[] }) {
  const url = useUrlState()
  const records = useMemo(() => runs.map((run) => ({ run, records: stepRecords(run.artifacts) })), [runs])
  const kinds = stepKinds.filter((kind) =>
    records.some((one) => one.records.some((record) => record.kind === kind)),
  )
  const askedKind = url.get('kept')
  const kind = kinds.find((one) => one === askedKind) ?? kinds[0]
  const tags = useMemo(() => {
    const all = records.flatMap((one) => one.records.filter((record) => record.kind === kind))
    return [...new Set(all.map(({ tag }) => tag))].sort((a, b) =>
      a.localeCompare(b, undefined, { numeric: true }),
    )
  }, [records, kind])
  const tagsText = url.get('tags')
  const chosen = useMemo(() => chosenTags(tagsText, tags), [tagsText, tags])
  const wanted = useMemo(
    () =>
      chosen.flatMap((tag) =>
        records.flatMap(({ run, records: own }) => {
          const record = own.find((one) => one.kind === kind && one.tag === tag)
          return record ? [{ run, record }] : []
        }),
      ),
    [records, kind, chosen],
  )
  const lists = useMemo(
    () => wanted.map(({ record }) => (record.kind === 'images' ? [] : record.files)),
    [wanted],
  )
  const { texts, error } = useStepContents(lists)
  const shown = useMemo(
    () => (texts ? wanted.map(({ run, record }, place) => shownOf(run, record, texts[place])) : []),
    [wanted, texts],
  )
  const steps = useMemo(
    () => [...new Set(shown.flatMap((one) => one.steps.map(({ step }) => step)))].sort((a, b) => a - b),
    [shown],
  )
  const ranges = useMemo(
    () =>
      new Map(
        chosen.map((tag) => [
          tag,
          rangeOf(shown.flatMap((one) => (one.tag === tag && one.kind === 'histograms' ? one.steps : []))),
        ]),
      ),
    [chosen, shown],
  )
  const [asked, setStep] = useChosenStep()
  if (kind === undefined) return null
  const step = asked ?? steps.at(-1) ?? 0
  const filled = shown.filter((one) => one.steps.length > 0)
  // Runs stand beside one another by name; of a single run all names follow one another.
  const groups =
    runs.length > 1
      ? chosen.map((tag) => ({ key: tag, figures: filled.filter((one) => one.tag === tag) }))
      : [{ key: 'all', figures: filled }]
  const isThinned = wanted.some(({ record }) => record.kind !== 'images' && record.files.length > filesAtMost)

  const figureOf = (one: Shown): ReactNode => {
    const all: readonly { step: number }[] = one.steps
    const now = atStep(all, step)
    const fact = (
      <span className="dim tabular step-fact">{now ? `step ${formatNumber(now.step)}` : 'not yet'}</span>
    )
    const title = runs.length > 1 ? `${one.tag}: ${one.run.name}` : one.tag
    switch (one.kind) {
      case 'histograms': {
        const range = ranges.get(one.tag)
        return range ? (
          <HistogramFigure
            title={title}
            fact={fact}
            colour={colourOfRun(one.run)}
            steps={one.steps}
            range={range}
            step={step}
            onStep={setStep}
          />
        ) : (
          <p className="dim">{title}: no finite value at any step.</p>
        )
      }
      case 'confusion':
        return <ConfusionFigure title={title} fact={fact} steps={one.steps} step={step} />
      case 'images':
        return <PicturesFigure title={title} fact={fact} files={one.record.files} step={step} />
    }
  }

  return (
    <Section
      title="Over steps"
      actions={
        kinds.length > 1 && (
          <SegmentedControl
            aria-label="What is shown over steps"
            value={kind}
            onChange={(value) => url.set({ kept: value, tags: null })}
            data={kinds.map((value) => ({ value, label: kindWords[value] }))}
          />
        )
      }
    >
      <div className="step-controls">
        {steps.length > 0 && <StepSlider steps={steps} step={step} onStep={setStep} />}
        {tags.length > 1 && (
          <MultiSelect
            aria-label="Shown over steps"
            searchable
            limit={200}
            maxValues={tagsAtMost}
            value={[...chosen]}
            onChange={(next) => url.set({ tags: next.length > 0 ? JSON.stringify(next) : null })}
            data={tags}
          />
        )}
      </div>
      {chosen.length < tags.length && (
        <p className="dim">
          {plural(chosen.length, 'name')} of {formatNumber(tags.length)} shown.
        </p>
      )}
      {isThinned && (
        <p className="dim">Of what has a file a step, {filesAtMost} steps are read, evenly taken.</p>
      )}
      {error && <ErrorPanel title="What was kept of the steps could not be shown" error={error} />}
      {!texts && !error && <SkeletonRows rows={4} height={24} />}
      {texts && steps.length === 0 && (
        <p className="dim">The files of these names hold no step that can be read.</p>
      )}
      {groups.map(({ key, figures }) => (
        <div key={key} className="step-figures" data-kind={kind}>
          {figures.map((one) => (
            <div key={`${one.tag} ${one.run.id}`} className="step-cell">
              {runs.length > 1 && (
                <span className="run-key" style={{ background: colourOfRun(one.run) }} aria-hidden />
              )}
              {figureOf(one)}
            </div>
          ))}
        </div>
      ))}
    </Section>
  )
})
