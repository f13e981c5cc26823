import { Button, Modal, Select } from '@mantine/core'
import { RotateCw } from 'lucide-react'
import { type FormEvent, useRef, useState } from 'react'
import {
  isRecogniser,
  type PageSegmentation,
  type Preprocessing,
  pageSegmentations,
  stepInWords,
} from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { plural } from '../../components/format.ts'
import { costAccepted } from '../../components/reading-cost.ts'
import { useQuery } from '../../components/use-query.ts'
import { setReadingOptions, useReadingOptions } from '../../stores/reading-options.ts'
import { PreprocessingChoice } from './preprocessing-choice.tsx'

/** A page's picture before and after what was chosen, while it is chosen. */
function BeforeAndAfter({ pageId, preprocessing }: { pageId: string; preprocessing: Preprocessing }) {
  const preview = useQuery('pages.preprocess', { pageId, preprocessing, side: 700 })
  // The last picture stays while the next is made.
  const last = useRef(preview.data)
  if (preview.data) last.current = preview.data
  if (preview.error) return <ErrorPanel error={preview.error} retry={preview.reload} />
  const { before, after, steps = [] } = last.current ?? {}
  const done = steps.length === 0 ? 'Nothing is done with it.' : steps.map(stepInWords).join(', ')
  return (
    <div className="preprocessing-preview" aria-busy={preview.loading}>
      <figure>
        {before && <img src={before} alt="Before" />}
        <figcaption>Before</figcaption>
      </figure>
      <figure>
        {after && <img src={after} alt="After" />}
        <figcaption>
          After<span className="dim mono">{last.current ? done : ''}</span>
        </figcaption>
      </figure>
    </div>
  )
}

/**
 * Asks what pages are read with and how: for those that come, and for the selected ones, which are then read again as
 * new pages.
 */
export function ReadingDialog({
  pageIds,
  pageId,
  onRead,
  onClose,
}: {
  /** The selected pages, in order. */
  pageIds: string[]
  /** The page on view, whose picture is shown; undefined for none. */
  pageId: string | undefined
  onRead: (pageIds: string[]) => void
  onClose: () => void
}) {
  const kept = useReadingOptions()
  const engines = useQuery('pages.engines', {})
  const [engine, setEngine] = useState(kept.engine)
  const [psm, setPsm] = useState<PageSegmentation>(kept.psm)
  const [preprocessing, setPreprocessing] = useState(kept.preprocessing)
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Error | null>(null)
  const [lines, setLines] = useState(kept.lines)
  const options = { ...kept, engine, lines, psm, preprocessing }
  const chosen = engines.data?.find(({ id }) => id === engine)
  const isGone = engines.data !== undefined && !chosen

  const readAgain = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setFailure(null)
    try {
      if (!(await costAccepted([engine], { pages: pageIds.length }))) return setBusy(false)
      setReadingOptions(options)
      onRead((await call('pages.readAgain', { pageIds, ...options })).pageIds)
      onClose()
    } catch (cause) {
      setFailure(cause instanceof Error ? cause : new Error(String(cause)))
      setBusy(false)
    }
  }
  const keep = () => {
    setReadingOptions(options)
    onClose()
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title="How pages are read"
      size={900}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form className="export-form" onSubmit={readAgain} aria-label="How pages are read">
        <div className="reading-choices">
          <Select
            label="Engine"
            description={chosen?.description ?? (isGone ? 'It is there no longer: choose another.' : ' ')}
            data={engines.data?.map(({ id, title }) => ({ value: id, label: title })) ?? []}
            value={chosen ? engine : null}
            allowDeselect={false}
            onChange={(id) => setEngine(id ?? 'tesseract')}
            data-autofocus
          />
          <Select
            label="The page holds"
            description="How it is taken apart into lines."
            data={pageSegmentations.map((mode) => ({ value: String(mode.psm), label: mode.title }))}
            value={String(psm)}
            allowDeselect={false}
            onChange={(value) =>
              setPsm(pageSegmentations.find((mode) => String(mode.psm) === value)?.psm ?? 3)
            }
          />
        </div>
        {isRecogniser(engine) && (
          <Select
            label="Its lines are found by"
            description="PP-OCR finds more of them on photographs."
            data={[
              { value: 'tesseract', label: 'Tesseract' },
              { value: 'ppocr', label: 'PP-OCR' },
            ]}
            value={lines}
            allowDeselect={false}
            onChange={(value) => setLines(value === 'ppocr' ? 'ppocr' : 'tesseract')}
          />
        )}
        <PreprocessingChoice value={preprocessing} onChange={setPreprocessing} />
        {pageId !== undefined && <BeforeAndAfter pageId={pageId} preprocessing={preprocessing} />}
        {failure && <ErrorPanel title="The pages could not be read again" error={failure} />}
        <div className="reading-actions">
          <Button
            type="submit"
            leftSection={<RotateCw size={14} />}
            loading={busy}
            disabled={pageIds.length === 0 || isGone}
          >
            {pageIds.length > 1 ? `Read ${plural(pageIds.length, 'page')} again` : 'Read this page again'}
          </Button>
          <Button variant="default" disabled={isGone} onClick={keep}>
            Use for new pages
          </Button>
          <span className="dim">A page read again becomes a new page; corrections of the old one stay.</span>
        </div>
      </form>
    </Modal>
  )
}
