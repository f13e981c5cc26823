import { Button, Checkbox, Modal, SegmentedControl, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { ReplaceAll, Undo2 } from 'lucide-react'
import { type FormEvent, useRef, useState } from 'react'
import { Link } from 'wouter'
import type { ReplacementPreview } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { plural } from '../../components/format.ts'
import { notify, notifyError } from '../../components/notices.tsx'
import { useQuery } from '../../components/use-query.ts'
import { pageAddress } from './page-address.ts'
import './replace.css'

const shownAtMost = 200

/** The places that were found, by page, each with what it is and what it becomes. */
function Places({ preview }: { preview: ReplacementPreview | undefined }) {
  if (!preview || preview.places === 0)
    return (
      <section className="replace-places" data-empty="true" aria-label="Places">
        <span className="dim" role="status">
          {preview ? 'It is on none of the pages.' : 'What would be replaced is shown here first.'}
        </span>
      </section>
    )
  const shown = preview.items.reduce((sum, { shown }) => sum + shown.length, 0)
  return (
    <section className="replace-places" aria-label="Places">
      {preview.items.map((page) => (
        <div key={page.pageId} className="replace-page">
          <h3>
            <Link href={pageAddress(page.pageId, '')} className="truncate" title={page.name}>
              {page.name}
            </Link>
            <span className="dim tabular">{plural(page.places, 'place')}</span>
          </h3>
          <ul aria-label={page.name}>
            {page.shown.map((place) => (
              <li key={place.wordIndex}>
                {place.before} <del>{place.found}</del> {place.becomes !== '' && <ins>{place.becomes}</ins>}{' '}
                {place.after}
              </li>
            ))}
          </ul>
        </div>
      ))}
      {shown < preview.places && (
        <p className="dim">
          The first {shown} of {plural(preview.places, 'place')}.
        </p>
      )}
    </section>
  )
}

/** The newest replacement, which can be taken back. */
function NewestReplacement() {
  const made = useQuery(
    'pages.replacements',
    { limit: 20 },
    { refreshOn: (event) => event.type === 'page.changed' },
  )
  const [busy, setBusy] = useState(false)
  const newest = made.data?.find(({ undone }) => !undone)
  if (!newest) return null
  const undo = async () => {
    setBusy(true)
    try {
      const { restored, kept } = await call('pages.undoReplace', { id: newest.id })
      const since = kept === 0 ? '' : ` ${plural(kept, 'word')} corrected since stay as they are.`
      notify({ kind: 'success', message: `${plural(restored, 'word')} restored.${since}` })
      made.reload()
    } catch (cause) {
      notifyError(cause)
    } finally {
      setBusy(false)
    }
  }
  return (
    <div className="replace-made" role="status">
      <span>
        “{newest.find}” {newest.replace === '' ? 'was taken out' : `became “${newest.replace}”`} in{' '}
        {plural(newest.places, 'place')} on {plural(newest.pages, 'page')}.
      </span>
      <Button
        size="compact-xs"
        variant="default"
        leftSection={<Undo2 size={12} />}
        loading={busy}
        onClick={() => void undo()}
      >
        Undo
      </Button>
    </div>
  )
}

/** Finds and replaces in the text of pages, with every place seen before anything is changed. */
export function ReplaceDialog({
  pageIds,
  search,
  onClose,
}: {
  /** The selected pages. */
  pageIds: string[]
  /** What is searched for already. */
  search: string
  onClose: () => void
}) {
  const [find, setFind] = useState(search.replaceAll('"', ''))
  const [replace, setReplace] = useState('')
  const [matchCase, setMatchCase] = useState(false)
  const [wholeWords, setWholeWords] = useState(false)
  const [scope, setScope] = useState<'all' | 'selected'>('all')
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Error | null>(null)
  const given = { find, replace, matchCase, wholeWords, ...(scope === 'selected' ? { pageIds } : {}) }
  const [wanted] = useDebouncedValue(given, 200)
  const query = useQuery(
    'pages.previewReplace',
    { ...wanted, limit: shownAtMost },
    { enabled: wanted.find.trim() !== '', refreshOn: (event) => event.type === 'page.changed' },
  )
  // While the next answer is awaited the last one stays, so that nothing flickers under a person who types.
  const latest = useRef<ReplacementPreview | undefined>(undefined)
  latest.current = find.trim() === '' ? undefined : (query.data ?? latest.current)
  const preview = latest.current
  const isCurrent = query.data !== undefined && JSON.stringify(wanted) === JSON.stringify(given)

  const start = async (event: FormEvent) => {
    event.preventDefault()
    if (!isCurrent || busy || !preview || preview.places === 0) return
    setBusy(true)
    setFailure(null)
    try {
      await call('pages.replace', wanted)
      query.reload()
    } catch (cause) {
      setFailure(cause instanceof Error ? cause : new Error(String(cause)))
    }
    setBusy(false)
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title="Find and replace"
      size="xl"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form className="export-form" onSubmit={start} aria-label="Find and replace">
        <div className="replace-fields">
          <TextInput
            label="Find"
            placeholder="A part of a word, a word or a phrase"
            value={find}
            onChange={(event) => setFind(event.currentTarget.value)}
            data-autofocus
          />
          <TextInput
            label="Replace with"
            placeholder="Nothing: it is taken out"
            value={replace}
            onChange={(event) => setReplace(event.currentTarget.value)}
          />
        </div>
        <div className="replace-choices">
          <Checkbox
            label="Match case"
            checked={matchCase}
            onChange={(event) => setMatchCase(event.currentTarget.checked)}
          />
          <Checkbox
            label="Whole words"
            checked={wholeWords}
            onChange={(event) => setWholeWords(event.currentTarget.checked)}
          />
          {pageIds.length > 0 && (
            <SegmentedControl
              aria-label="Pages to look in"
              data={[
                { value: 'all', label: 'All pages' },
                {
                  value: 'selected',
                  label: pageIds.length === 1 ? 'This page' : `${plural(pageIds.length, 'selected page')}`,
                },
              ]}
              value={scope}
              onChange={(value) => setScope(value === 'selected' ? 'selected' : 'all')}
            />
          )}
        </div>
        <Places preview={preview} />
        {query.error && <ErrorPanel error={query.error} retry={query.reload} />}
        {failure && <ErrorPanel title="Nothing was replaced" error={failure} />}
        <div className="replace-foot">
          <Button
            type="submit"
            leftSection={<ReplaceAll size={14} />}
            loading={busy}
            disabled={!isCurrent || !preview || preview.places === 0}
          >
            Replace all
          </Button>
          <span className="dim tabular" role="status">
            {preview !== undefined &&
              preview.places > 0 &&
              `${plural(preview.places, 'place')} on ${plural(preview.pages, 'page')}. Words keep their boxes.`}
          </span>
        </div>
        <NewestReplacement />
      </form>
    </Modal>
  )
}
