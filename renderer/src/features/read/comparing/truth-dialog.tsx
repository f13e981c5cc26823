import { Button, Modal, Textarea } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { Page, PageTruth } from '../../../../../core/contract/index.ts'
import { call } from '../../../client/rpc.ts'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { SkeletonRows } from '../../../components/skeleton-rows.tsx'
import { useQuery } from '../../../components/use-query.ts'
import { StoredPicture } from '../stored-picture.tsx'
import './comparing.css'

function said({ source, origin }: PageTruth): string {
  if (source === 'typed') return 'Somebody has typed it.'
  if (source === 'corrected') return 'It was taken from a corrected page.'
  return `It came from ${origin ?? 'a file'}.`
}

function TruthForm({ page, truth, onClose }: { page: Page; truth: PageTruth | null; onClose: () => void }) {
  const [text, setText] = useState(truth?.text ?? page.text)
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Error | null>(null)
  const set = async (value: string | null) => {
    setBusy(true)
    setFailure(null)
    try {
      await call('pages.setTruth', { pageId: page.id, text: value })
      onClose()
    } catch (cause) {
      setFailure(cause instanceof Error ? cause : new Error(String(cause)))
      setBusy(false)
    }
  }
  const save = (event: FormEvent) => {
    event.preventDefault()
    void set(text)
  }
  return (
    <form className="export-form" onSubmit={save} aria-label="What stands on this page">
      <div className="truth-columns">
        <div className="truth-picture">
          {page.blob !== null && <StoredPicture hash={page.blob} size={1600} alt={page.name} />}
        </div>
        <Textarea
          aria-label="The text of the page"
          classNames={{ root: 'truth-text', wrapper: 'truth-text', input: 'truth-text' }}
          value={text}
          spellCheck={false}
          dir="auto"
          onChange={(event) => setText(event.currentTarget.value)}
          data-autofocus
        />
      </div>
      {failure && <ErrorPanel title="It was not kept" error={failure} />}
      <div className="reading-actions">
        <Button type="submit" loading={busy} disabled={text.trim() === ''}>
          Keep as what stands there
        </Button>
        {truth && (
          <Button variant="default" disabled={busy} onClick={() => void set(null)}>
            Take it back
          </Button>
        )}
        <span className="dim">
          {truth ? said(truth) : 'Comparisons measure engines against it. Line breaks don’t count.'}
        </span>
      </div>
    </form>
  )
}

/** Says what really stands on a page, beside its picture. */
export function TruthDialog({ page, onClose }: { page: Page; onClose: () => void }) {
  const truth = useQuery('pages.truth', { pageId: page.id })
  return (
    <Modal
      opened
      onClose={onClose}
      title={`What stands on ${page.name}`}
      size={1000}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {truth.error ? (
        <ErrorPanel error={truth.error} retry={truth.reload} />
      ) : truth.data === undefined ? (
        <SkeletonRows rows={8} />
      ) : (
        <TruthForm page={page} truth={truth.data} onClose={onClose} />
      )}
    </Modal>
  )
}
