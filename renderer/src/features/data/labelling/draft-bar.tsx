import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { Redo2, Undo2 } from 'lucide-react'
import { useState } from 'react'
import type { DatasetVersion } from '../../../../../core/contract/index.ts'
import { call } from '../../../client/rpc.ts'
import { confirm } from '../../../components/confirm.tsx'
import { plural } from '../../../components/format.ts'
import { notify, notifyError } from '../../../components/notices.tsx'
import { EditsDialog, SaveDialog } from './draft-dialogs.tsx'
import type { DraftActions } from './use-draft.ts'
import './labelling.css'

/** Below the pictures: what is selected and can be done with it, and the edits that are not saved. */
export function DraftBar({
  version,
  draft,
  selected,
  onPick,
  onRemove,
  onClear,
}: {
  version: DatasetVersion
  draft: DraftActions
  /** Pictures selected. */
  selected: number
  onPick: () => void
  onRemove: () => void
  onClear: () => void
}) {
  const [dialog, setDialog] = useState<'edits' | 'save' | null>(null)
  const { state } = draft
  const count = state?.count ?? 0
  const discard = async () => {
    const yes = await confirm({
      title: 'Discard the edits',
      message: `${plural(count, 'edit')} of ${version.datasetName}, version ${version.number}, will be gone. They can't be brought back.`,
      action: `Discard ${plural(count, 'edit')}`,
      danger: true,
    })
    if (!yes) return
    await call('datasets.discardDraft', { versionId: version.id })
      .then(({ discarded }) => notify({ kind: 'info', message: `${plural(discarded, 'edit')} discarded.` }))
      .catch(notifyError)
  }
  if (count === 0 && !state?.redo && selected === 0) return null
  return (
    <div className="draft-bar" role="toolbar" aria-label="Selection and edits">
      {selected > 0 && (
        <div className="draft-part">
          <span className="tabular">{plural(selected, 'picture')} selected</span>
          <Button size="compact-xs" variant="default" onClick={onPick}>
            Set the class <kbd>L</kbd>
          </Button>
          <Button size="compact-xs" variant="default" onClick={onRemove}>
            Remove <kbd>Del</kbd>
          </Button>
          <Button size="compact-xs" variant="subtle" onClick={onClear}>
            Select none
          </Button>
        </div>
      )}
      <div className="draft-part draft-edits">
        {state && (count > 0 || state.redo !== null) && (
          <>
            <UndoButtons draft={draft} />
            <span role="status" className="tabular">
              {count === 0 ? 'No unsaved edits' : plural(count, 'unsaved edit')}
            </span>
          </>
        )}
        {count > 0 && (
          <>
            <Button size="compact-xs" variant="subtle" onClick={() => setDialog('edits')}>
              Show
            </Button>
            <Button size="compact-xs" variant="subtle" onClick={discard}>
              Discard
            </Button>
            <Button size="compact-xs" onClick={() => setDialog('save')}>
              Save as a new version
            </Button>
          </>
        )}
      </div>
      {dialog === 'edits' && <EditsDialog versionId={version.id} onClose={() => setDialog(null)} />}
      {dialog === 'save' && <SaveDialog version={version} count={count} onClose={() => setDialog(null)} />}
    </div>
  )
}

/** Undo and redo, each saying what it would do. */
export function UndoButtons({ draft: { state, undo, redo } }: { draft: DraftActions }) {
  return (
    <>
      <Tooltip label={state?.undo ? `Undo: ${state.undo} (Ctrl Z)` : 'Nothing to undo'} maw={360} multiline>
        <ActionIcon size={24} variant="subtle" aria-label="Undo" disabled={!state?.undo} onClick={undo}>
          <Undo2 size={14} />
        </ActionIcon>
      </Tooltip>
      <Tooltip
        label={state?.redo ? `Redo: ${state.redo} (Ctrl Shift Z)` : 'Nothing to redo'}
        maw={360}
        multiline
      >
        <ActionIcon size={24} variant="subtle" aria-label="Redo" disabled={!state?.redo} onClick={redo}>
          <Redo2 size={14} />
        </ActionIcon>
      </Tooltip>
    </>
  )
}
