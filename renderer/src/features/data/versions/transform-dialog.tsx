import { ActionIcon, Button, Group, Menu, Modal, TextInput, Tooltip } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { ArrowDown, ArrowUp, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { type DatasetVersion, describeStep, recipeStep } from '../../../../../core/contract/index.ts'
import { call } from '../../../client/rpc.ts'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { plural } from '../../../components/format.ts'
import { useQuery } from '../../../components/use-query.ts'
import { CountsTable } from './counts-table.tsx'
import { notifyVersion } from './notify-version.ts'
import { Warnings } from './split-dialog.tsx'
import { StepEditor } from './step-editor.tsx'
import {
  type DraftStep,
  missingIn,
  rowStepKinds,
  startOf,
  stepKinds,
  titleOf,
  wholeSteps,
} from './step-kinds.ts'

/** Puts a recipe together, shows what it would make, and makes a new version by it. */
export function TransformDialog({ version, onClose }: { version: DatasetVersion; onClose: () => void }) {
  const [, navigate] = useLocation()
  const [drafts, setDrafts] = useState<DraftStep[]>([])
  const [name, setName] = useState('')
  const [note, setNote] = useState('')
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Error | null>(null)
  const steps = wholeSteps(drafts)
  const [settled] = useDebouncedValue(steps === null ? null : JSON.stringify(steps), 300)
  const ready = settled !== null && settled === JSON.stringify(steps)
  const preview = useQuery(
    'datasets.preview',
    { versionId: version.id, steps: ready ? (steps ?? []) : [] },
    { enabled: ready },
  )

  const add = (kind: DraftStep['kind']) =>
    setDrafts((before) => [
      ...before,
      { id: Math.max(0, ...before.map(({ id }) => id)) + 1, kind, value: startOf(kind) },
    ])
  const move = (index: number, by: 1 | -1) =>
    setDrafts((before) => {
      const next = [...before]
      const [step] = next.splice(index, 1)
      if (step) next.splice(index + by, 0, step)
      return next
    })
  const run = async () => {
    if (!steps) return
    setBusy(true)
    setFailure(null)
    try {
      const { jobId } = await call('datasets.transform', {
        versionId: version.id,
        steps,
        note,
        ...(name.trim() === '' ? {} : { name: name.trim() }),
      })
      void notifyVersion(jobId, name.trim() || version.datasetName, navigate)
      onClose()
    } catch (cause) {
      setFailure(cause instanceof Error ? cause : new Error(String(cause)))
      setBusy(false)
    }
  }

  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={`Transform ${version.datasetName}, version ${version.number}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <div className="version-dialog">
        <div className="version-dialog-form">
          <ol className="step-list" aria-label="Steps">
            {drafts.map((draft, index) => (
              <StepItem
                key={draft.id}
                draft={draft}
                version={version}
                first={index === 0}
                last={index === drafts.length - 1}
                onMove={(by) => move(index, by)}
                onRemove={() => setDrafts((before) => before.filter(({ id }) => id !== draft.id))}
                onChange={(value) =>
                  setDrafts((before) => before.map((one) => (one.id === draft.id ? { ...one, value } : one)))
                }
              />
            ))}
          </ol>
          <Menu position="bottom-start">
            <Menu.Target>
              <Button variant="default" leftSection={<Plus size={14} />} data-autofocus>
                Add a step
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {(version.table ? rowStepKinds : stepKinds).map(({ kind, title, help }) => (
                <Menu.Item key={kind} onClick={() => add(kind)}>
                  {title}
                  <span className="step-help dim">{help}</span>
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
          <TextInput
            label="Dataset"
            description="Left empty, it becomes a new version of this one."
            placeholder={version.datasetName}
            value={name}
            maxLength={200}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextInput label="Note" value={note} onChange={(event) => setNote(event.currentTarget.value)} />
        </div>
        <div className="version-dialog-preview" aria-live="polite" aria-busy={preview.loading}>
          {drafts.length === 0 && (
            <p className="dim">
              Add steps. What they would make of the {plural(version.sampleCount, 'picture')} is shown here
              before anything is done.
            </p>
          )}
          {ready && preview.error && <ErrorPanel error={preview.error} />}
          {ready && preview.data && !preview.error && (
            <>
              <p className="preview-line">
                {preview.data.exact ? '' : 'About '}
                <strong>{plural(preview.data.sampleCount, 'picture')}</strong>
                <span className="dim"> from {plural(version.sampleCount, 'picture')}</span>
                {preview.data.newPictures > 0 && (
                  <span className="dim">; {plural(preview.data.newPictures, 'picture')} will be drawn</span>
                )}
              </p>
              <CountsTable labels={preview.data.labels} name="Pictures per class and subset" />
              <Warnings items={preview.data.warnings} />
            </>
          )}
        </div>
      </div>
      {failure && <ErrorPanel error={failure} />}
      <Group justify="flex-end" gap={8} mt={16}>
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button loading={busy} disabled={!ready || preview.error !== undefined} onClick={run}>
          Make a new version
        </Button>
      </Group>
    </Modal>
  )
}

function StepItem({
  draft,
  version,
  first,
  last,
  onMove,
  onRemove,
  onChange,
}: {
  draft: DraftStep
  version: DatasetVersion
  first: boolean
  last: boolean
  onMove: (by: 1 | -1) => void
  onRemove: () => void
  onChange: (value: Record<string, unknown>) => void
}) {
  const missing = missingIn(draft)
  const title = titleOf(draft.kind)
  return (
    <li className="step-item">
      <div className="step-head">
        <strong>{title}</strong>
        <Tooltip label="Earlier">
          <ActionIcon size={20} aria-label={`Move ${title} up`} disabled={first} onClick={() => onMove(-1)}>
            <ArrowUp size={12} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label="Later">
          <ActionIcon size={20} aria-label={`Move ${title} down`} disabled={last} onClick={() => onMove(1)}>
            <ArrowDown size={12} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label="Remove">
          <ActionIcon size={20} aria-label={`Remove ${title}`} onClick={onRemove}>
            <Trash2 size={12} />
          </ActionIcon>
        </Tooltip>
      </div>
      <StepEditor step={draft} version={version} onChange={onChange} />
      <p className="dim step-words">
        {missing ?? describeStep(recipeStep.parse({ kind: draft.kind, ...draft.value }))}
      </p>
    </li>
  )
}
