import { ActionIcon, SegmentedControl, Slider, Tooltip } from '@mantine/core'
import { BookOpenCheck, Redo2, SpellCheck, Trash2, Undo2 } from 'lucide-react'
import { type KeyboardEvent, useEffect, useMemo, useState } from 'react'
import { type Page, stepInWords as recipeStep } from '../../../../core/contract/index.ts'
import { rampColour, rampGradient } from '../../components/charts/value-ramp.ts'
import { CopyButton } from '../../components/copy-button.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { formatDuration, formatPercent, plural } from '../../components/format.ts'
import { SkeletonRows } from '../../components/skeleton-rows.tsx'
import { useQuery } from '../../components/use-query.ts'
import { useJobList } from '../../stores/jobs-store.ts'
import { TruthDialog } from './comparing/truth-dialog.tsx'
import { CopyMenu } from './copy-menu.tsx'
import { EngineSuggestion } from './engine-suggestion.tsx'
import { engineTitle } from './engine-title.ts'
import { usePageDrawing } from './page-drawing.tsx'
import { pageEdits, stepInWords } from './page-edits.ts'
import { PictureView } from './picture-view.tsx'
import { StoredPicture } from './stored-picture.tsx'
import { TableView } from './table-view.tsx'
import { TextView } from './text-view.tsx'
import { isDoubtful } from './words.ts'

const spellingKey = 'glyphlab.read.spelling'
const thresholdKey = 'glyphlab.read.threshold'

function ConfidenceSlider({ value, onChange }: { value: number; onChange: (threshold: number) => void }) {
  return (
    <div className="confidence-slider">
      <span className="dim">Doubtful below</span>
      <Slider
        thumbLabel="Doubtful below, %"
        min={0}
        max={100}
        value={Math.round(value * 100)}
        onChange={(percent) => onChange(percent / 100)}
        label={null}
        styles={{
          bar: { background: 'transparent' },
          track: { '--slider-track-bg': 'transparent' },
          root: { backgroundImage: rampGradient },
        }}
        classNames={{ root: 'confidence-slider-track' }}
      />
      <span className="tabular">{Math.round(value * 100)} %</span>
    </div>
  )
}

/** "Read by letters/1 (sha256:0123456789ab), psm 3, deskew=-1.5" */
const howRead = ({ model, recipe, languageDigest }: Page): string =>
  `Read by ${[
    model === null ? 'Tesseract' : `${model.reference} (sha256:${model.digest.slice(0, 12)})`,
    ...(recipe === null ? [] : [`psm ${recipe.psm}`, ...recipe.steps.map(recipeStep)]),
    ...(languageDigest === null ? [] : [`language data sha256:${languageDigest.slice(0, 12)}`]),
  ].join(', ')}`

/** One page: its picture with word boxes, and its text to read, copy and correct. */
export function PageViewer({
  pageId,
  search,
  onDelete,
  onReadAgain,
}: {
  pageId: string
  /** Words to mark on the page; empty for none. */
  search: string
  onDelete: () => void
  /** Reads the page again, as a new one. */
  onReadAgain: () => void
}) {
  const query = useQuery(
    'pages.get',
    { pageId },
    { refreshOn: (event) => event.type === 'page.changed' && event.pageId === pageId },
  )
  const [threshold, setThreshold] = useState(() => Number(localStorage.getItem(thresholdKey) ?? 0.75))
  const [lit, setLit] = useState<number | null>(null)
  const [active, setActive] = useState<number | null>(null)
  const [editing, setEditing] = useState<number | null>(null)
  const [shown, setShown] = useState<'text' | 'tables'>('text')
  const [telling, setTelling] = useState(false)
  useEffect(() => localStorage.setItem(thresholdKey, String(threshold)), [threshold])
  const found = useQuery(
    'pages.search',
    { text: search, pageId, limit: 1 },
    {
      enabled: search.trim() !== '',
      refreshOn: (event) => event.type === 'page.changed' && event.pageId === pageId,
    },
  )
  const [spelling, setSpelling] = useState(() => localStorage.getItem(spellingKey) === 'on')
  const spelled = useQuery(
    'pages.spelling',
    { pageId },
    { enabled: spelling, refreshOn: (event) => event.type === 'page.changed' && event.pageId === pageId },
  )
  const unknown = useMemo(() => new Set(spelling ? spelled.data?.words : undefined), [spelling, spelled.data])
  const toggleSpelling = () => {
    localStorage.setItem(spellingKey, spelling ? 'off' : 'on')
    setSpelling(!spelling)
  }
  const hits = search.trim() === '' ? undefined : found.data?.items[0]?.words
  const marked = useMemo(() => new Set(hits?.map(({ index }) => index)), [hits])
  const firstHit = hits?.[0]?.index
  // A hit from the list is brought into view; a search that goes on moves along.
  useEffect(() => {
    if (firstHit !== undefined && search !== '') setActive(firstHit)
  }, [firstHit, search])
  const readingJob = useJobList().find(
    (job) => job.kind === 'ocr' && (job.status === 'running' || job.status === 'queued'),
  )

  const page = query.data
  const edits = page ? pageEdits(page, { onChanged: query.set, onActive: setActive }) : null
  const drawing = usePageDrawing(page, edits, onReadAgain)
  if (!page || !edits)
    return query.error ? (
      <div className="page-scroll">
        <ErrorPanel error={query.error} retry={query.reload} />
      </div>
    ) : (
      <SkeletonRows rows={10} />
    )

  const onKeyDown = (event: KeyboardEvent) => {
    const isUndo = (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'z'
    const isTyping = event.target instanceof Element && event.target.closest('input, textarea') !== null
    if (!isUndo || isTyping) return
    event.preventDefault()
    if (event.shiftKey) edits.redo()
    else edits.undo()
  }
  const doubtful = page.words.filter((word) => isDoubtful(word, threshold)).length

  return (
    <section className="viewer" aria-label={page.name} onKeyDown={onKeyDown}>
      <div className="viewer-picture">
        {page.blob !== null && page.width !== null && page.height !== null ? (
          <PictureView
            key={page.id}
            name={page.name}
            hash={page.blob}
            width={page.width}
            height={page.height}
            words={page.words}
            marked={marked}
            threshold={threshold}
            lit={lit}
            active={active}
            tools={drawing.tools}
            hint={drawing.hint}
            bar={drawing.bar}
            overlay={drawing.overlay}
            onHover={setLit}
            onPick={setActive}
            onEdit={(index) => {
              setActive(index)
              setEditing(index)
            }}
          />
        ) : page.blob !== null ? (
          <div className="viewer-plain">
            <StoredPicture hash={page.blob} size={1600} alt={page.name} />
          </div>
        ) : null}
      </div>
      <div className="viewer-text">
        <div className="viewer-facts">
          {page.confidence !== null && (
            <span title={page.durationMs === null ? undefined : `Read in ${formatDuration(page.durationMs)}`}>
              <span
                className="confidence-dot"
                style={{ background: rampColour(page.confidence) }}
                aria-hidden
              />
              {formatPercent(page.confidence)} sure
            </span>
          )}
          {page.status === 'read' && <span>{plural(page.wordCount, 'word')}</span>}
          {doubtful > 0 && <span>{doubtful} doubtful</span>}
          {page.correctionCount > 0 && <span>{page.correctionCount} corrected</span>}
          {page.engine !== null && (
            <span className="dim" title={howRead(page)}>
              {engineTitle(page.engine)}
            </span>
          )}
          <span className="viewer-facts-actions">
            {(page.undo !== null || page.redo !== null) && (
              <span className="viewer-copy">
                <Tooltip label={stepInWords('Undo', page.undo)}>
                  <ActionIcon
                    size={22}
                    aria-label={stepInWords('Undo', page.undo)}
                    disabled={page.undo === null}
                    onClick={edits.undo}
                  >
                    <Undo2 size={14} />
                  </ActionIcon>
                </Tooltip>
                <Tooltip label={stepInWords('Redo', page.redo)}>
                  <ActionIcon
                    size={22}
                    aria-label={stepInWords('Redo', page.redo)}
                    disabled={page.redo === null}
                    onClick={edits.redo}
                  >
                    <Redo2 size={14} />
                  </ActionIcon>
                </Tooltip>
              </span>
            )}
            {page.text !== '' && (
              <span className="viewer-copy">
                <CopyButton value={() => page.text} label="Copy all" />
                <CopyMenu page={page} />
              </span>
            )}
            {page.blob !== null && page.status === 'read' && (
              <Tooltip label="Say what really stands here">
                <ActionIcon
                  size={22}
                  aria-label="Say what really stands here"
                  onClick={() => setTelling(true)}
                >
                  <BookOpenCheck size={14} />
                </ActionIcon>
              </Tooltip>
            )}
            <Tooltip label="Remove this page">
              <ActionIcon size={22} aria-label="Remove this page" onClick={onDelete}>
                <Trash2 size={14} />
              </ActionIcon>
            </Tooltip>
          </span>
        </div>
        {page.words.length > 0 && (
          <div className="viewer-facts">
            <ConfidenceSlider value={threshold} onChange={setThreshold} />
            <Tooltip label={spelling ? 'Hide unknown words' : 'Mark words that are in no word list'}>
              <ActionIcon
                size={22}
                aria-label="Mark unknown words"
                aria-pressed={spelling}
                variant={spelling ? 'light' : 'subtle'}
                color={spelling ? 'indigo' : 'gray'}
                onClick={toggleSpelling}
              >
                <SpellCheck size={14} />
              </ActionIcon>
            </Tooltip>
            {spelling && (
              <span className="dim" role="status">
                {spelled.error
                  ? spelled.error.message
                  : spelled.data === null
                    ? 'No word list for its language'
                    : spelled.data && `${spelled.data.words.length} unknown`}
              </span>
            )}
            {page.tables.length > 0 && (
              <SegmentedControl
                size="xs"
                aria-label="Show"
                data={[
                  { value: 'text', label: 'Text' },
                  {
                    value: 'tables',
                    label: page.tables.length > 1 ? `${page.tables.length} tables` : 'Table',
                  },
                ]}
                value={shown}
                onChange={(value) => setShown(value === 'tables' ? 'tables' : 'text')}
              />
            )}
          </div>
        )}
        {page.warnings.length > 0 && (
          <ul className="viewer-warnings" aria-label="Notes on this page">
            {page.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        )}
        <EngineSuggestion page={page} />
        {page.status === 'waiting' && (
          <div className="viewer-note" role="status">
            {readingJob ? readingJob.progress.message || 'Waiting to be read.' : 'Waiting to be read.'}
          </div>
        )}
        {page.status === 'failed' && page.error && (
          <div className="viewer-note">
            <ErrorPanel title={`${page.name} could not be read`} error={page.error} />
          </div>
        )}
        {page.status === 'read' && page.words.length === 0 && (
          <EmptyState
            title="No text was found"
            text={
              page.model === null || page.engine === 'ppocr'
                ? 'The picture may be turned, very small or without text. A larger scan often helps.'
                : 'The recogniser may have learnt too little for this page. Read it with another engine, or train on more lines like these.'
            }
          />
        )}
        {shown === 'tables' && page.tables.length > 0 && (
          <TableView page={page} active={active} onActive={setActive} />
        )}
        {page.words.length > 0 && (shown === 'text' || page.tables.length === 0) && (
          <TextView
            page={page}
            marked={marked}
            unknown={unknown}
            threshold={threshold}
            lit={lit}
            active={active}
            editing={editing}
            onHover={setLit}
            onActive={setActive}
            onEdit={setEditing}
            onCorrect={edits.correct}
            onSplit={(word, at) => edits.edit({ kind: 'split', word, at })}
            onJoin={edits.joinWithNext}
            onMove={drawing.move}
          />
        )}
      </div>
      {telling && <TruthDialog page={page} onClose={() => setTelling(false)} />}
    </section>
  )
}
