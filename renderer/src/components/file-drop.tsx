import { Button, Modal, Stack, Table } from '@mantine/core'
import { type KeyboardEvent, useCallback, useEffect, useState } from 'react'
import { useLocation } from 'wouter'
import type { Prediction } from '../../../core/contract/index.ts'
import { call } from '../client/rpc.ts'
import { useReadingOptions } from '../stores/reading-options.ts'
import {
  type DropIntent,
  datasetNameFrom,
  dropIntents,
  holdsMetrics,
  holdsRuns,
  intentLabel,
  isIdx,
  isPicture,
  isSourceFile,
} from './drop-intent.ts'
import { type Dropped, droppedFrom, lookInto, pastedFrom } from './dropped-files.ts'
import { ErrorPanel } from './error-panel.tsx'
import { walkFolder } from './file-entries.ts'
import { formatPercent, plural } from './format.ts'
import { ImportForm } from './import-form.tsx'
import { notifyError } from './notices.tsx'
import { costAccepted } from './reading-cost.ts'
import { ServiceForm } from './service-form.tsx'
import { sourcesFromFiles } from './sources.ts'
import type { ImportOrigin } from './start-import.ts'
import { startRunImport } from './start-run-import.ts'
import './components.css'

const filesOf = (dropped: readonly Dropped[], wanted: (item: Dropped) => boolean): File[] =>
  dropped.filter(wanted).flatMap(({ file }) => (file ? [file] : []))

async function originOf(intent: DropIntent, dropped: readonly Dropped[]): Promise<ImportOrigin | null> {
  switch (intent.kind) {
    case 'import-files': {
      const files = filesOf(dropped, isIdx).map((file) => ({ path: file.name, file }))
      return { kind: 'files', name: intent.name, files }
    }
    case 'import-file':
      return originOfItem(dropped.find(isSourceFile), '')
    case 'import-folder':
      return originOfItem(
        dropped.find((item) => item.folder),
        '',
      )
    case 'import-metrics':
      return originOfItem(dropped.find(holdsMetrics), '')
    case 'import-runs':
      // The folder's own name goes along: runs of an upload are known again by it.
      return originOfItem(dropped.find(holdsRuns), `${intent.name}/`)
    case 'read':
    case 'classify':
      return null
  }
}

async function originOfItem(item: Dropped | undefined, prefix: string): Promise<ImportOrigin | null> {
  if (item?.path) return { kind: 'path', path: item.path }
  if (item?.file) return { kind: 'files', name: item.name, files: [{ path: item.name, file: item.file }] }
  if (!item?.entry) return null
  const files = await walkFolder(item.entry)
  return {
    kind: 'files',
    name: datasetNameFrom(item.name),
    files: files.map(({ path, file }) => ({ path: prefix + path, file })),
  }
}

function Predictions({ reference, predictions }: { reference: string; predictions: Prediction[] }) {
  return (
    <Table aria-label={`Answers of ${reference}`}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Picture</Table.Th>
          <Table.Th>Class</Table.Th>
          <Table.Th>Probability</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {predictions.map(({ file, label, probabilities, error }) => (
          <Table.Tr key={file}>
            <Table.Td>{file}</Table.Td>
            <Table.Td>{error ? error.message : label}</Table.Td>
            <Table.Td>
              {label !== null &&
                formatPercent(probabilities.find((p) => p.label === label)?.probability ?? 0)}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

type Step =
  | { kind: 'choose' }
  | { kind: 'working'; text: string }
  | { kind: 'import'; origin: ImportOrigin }
  | { kind: 'service'; origin: ImportOrigin }
  | { kind: 'predictions'; reference: string; predictions: Prediction[] }
  | { kind: 'failed'; error: Error }

/** Moves between the offered actions by arrow keys; Enter does the one in focus. */
function onArrow(event: KeyboardEvent<HTMLDivElement>) {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
  const buttons = [...event.currentTarget.querySelectorAll('button')]
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement)
  const next = buttons[(at + (event.key === 'ArrowDown' ? 1 : -1) + buttons.length) % buttons.length]
  next?.focus()
  event.preventDefault()
}

function DropDialog({ dropped, onClose }: { dropped: Dropped[]; onClose: () => void }) {
  const [location, navigate] = useLocation()
  const [references, setReferences] = useState<string[]>([])
  const [step, setStep] = useState<Step>({ kind: 'choose' })
  const pictures = filesOf(dropped, isPicture)
  const hasPictures = pictures.length > 0
  useEffect(() => {
    if (!hasPictures) return
    call('models.list', {})
      .then((models) =>
        setReferences(
          models
            .flatMap(({ name, aliases }) => ('champion' in aliases ? [`${name}@champion`] : []))
            .slice(0, 5),
        ),
      )
      .catch(() => setReferences([]))
  }, [hasPictures])
  const intents = dropIntents(dropped, references, location.split('/')[1] ?? '')

  const run = async (intent: DropIntent) => {
    const onSent = (done: number, total: number) =>
      setStep({ kind: 'working', text: `Sending ${done} of ${plural(total, 'file')}` })
    try {
      if (intent.kind === 'read') {
        setStep({ kind: 'working', text: 'Handing over the pictures' })
        const options = useReadingOptions.getState()
        const files = await sourcesFromFiles(pictures, onSent)
        if (!(await costAccepted([options.engine], { files }))) return onClose()
        const { pageIds } = await call('pages.read', { files, ...options })
        onClose()
        navigate(pageIds[0] ? `/read/${pageIds[0]}` : '/read')
      } else if (intent.kind === 'classify') {
        setStep({ kind: 'working', text: 'Classifying' })
        const files = await sourcesFromFiles(pictures, onSent)
        const predictions = await call('models.predict', { reference: intent.reference, files })
        setStep({ kind: 'predictions', reference: intent.reference, predictions })
      } else {
        setStep({ kind: 'working', text: 'Looking through the folder' })
        const origin = await originOf(intent, dropped)
        if (origin && intent.kind === 'import-runs') {
          await startRunImport(origin, navigate, onSent)
          onClose()
        } else if (origin && intent.kind === 'import-metrics') setStep({ kind: 'service', origin })
        else if (origin) setStep({ kind: 'import', origin })
      }
    } catch (cause) {
      setStep({ kind: 'failed', error: cause instanceof Error ? cause : new Error(String(cause)) })
    }
  }

  return (
    <Modal
      opened
      onClose={onClose}
      size={step.kind === 'import' ? 'xl' : 'md'}
      title={step.kind === 'import' ? 'Import a dataset' : plural(dropped.length, 'item')}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {step.kind === 'choose' && intents.length === 0 && (
        <p className="drop-none">
          Nothing here can be opened. Pictures can be read; a folder of pictures, a zip or tar of one, a table
          of labels or IDX files can be imported, and so can runs of MLflow, TensorBoard, W&B, DVC and Optuna.
        </p>
      )}
      {step.kind === 'choose' && (
        <Stack gap={8} onKeyDown={onArrow}>
          {intents.map((intent, index) => (
            <Button
              key={intentLabel(intent)}
              data-autofocus={index === 0 || undefined}
              variant={index === 0 ? 'filled' : 'default'}
              justify="flex-start"
              size="sm"
              onClick={() => void run(intent)}
            >
              {intentLabel(intent)}
            </Button>
          ))}
        </Stack>
      )}
      {step.kind === 'working' && <p role="status">{step.text}</p>}
      {step.kind === 'import' && (
        <ImportForm
          origin={step.origin}
          onStarted={() => {
            onClose()
            navigate('/data')
          }}
        />
      )}
      {step.kind === 'service' && <ServiceForm origin={step.origin} onStarted={onClose} />}
      {step.kind === 'predictions' && (
        <Predictions reference={step.reference} predictions={step.predictions} />
      )}
      {step.kind === 'failed' && <ErrorPanel error={step.error} retry={() => setStep({ kind: 'choose' })} />}
    </Modal>
  )
}

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false
const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA)$/.test(target.tagName))

/**
 * Takes what is dropped or pasted anywhere in the window, says what can be done with it, and does it.
 * A place that takes drops of its own calls `preventDefault` on its `drop` event first.
 */
export function FileDrop() {
  const [dropped, setDropped] = useState<Dropped[] | null>(null)
  const [hovering, setHovering] = useState(false)
  const take = useCallback((items: Dropped[]) => {
    if (items.length > 0) void lookInto(items).then(setDropped)
  }, [])

  useEffect(() => {
    let depth = 0
    const onEnter = (event: DragEvent) => {
      if (!hasFiles(event)) return
      // It only saves time: what fails here is told at the drop.
      if (depth === 0) call('runs.expectImport', {}).catch(() => {})
      depth += 1
      setHovering(true)
    }
    const onLeave = (event: DragEvent) => {
      if (!hasFiles(event)) return
      depth = Math.max(0, depth - 1)
      if (depth === 0) setHovering(false)
    }
    const onOver = (event: DragEvent) => {
      if (hasFiles(event)) event.preventDefault()
    }
    const onDrop = (event: DragEvent) => {
      depth = 0
      setHovering(false)
      if (event.defaultPrevented || !event.dataTransfer || !hasFiles(event)) return
      event.preventDefault()
      try {
        take(droppedFrom(event.dataTransfer))
      } catch (cause) {
        notifyError(cause)
      }
    }
    const onPaste = (event: ClipboardEvent) => {
      if (!event.clipboardData || (isTyping(event.target) && event.clipboardData.files.length === 0)) return
      take(pastedFrom(event.clipboardData))
    }
    window.addEventListener('dragenter', onEnter)
    window.addEventListener('dragleave', onLeave)
    window.addEventListener('dragover', onOver)
    window.addEventListener('drop', onDrop)
    window.addEventListener('paste', onPaste)
    return () => {
      window.removeEventListener('dragenter', onEnter)
      window.removeEventListener('dragleave', onLeave)
      window.removeEventListener('dragover', onOver)
      window.removeEventListener('drop', onDrop)
      window.removeEventListener('paste', onPaste)
    }
  }, [take])

  return (
    <>
      {hovering && (
        <div className="drop-veil">
          <span>Drop pictures to read them, or a folder to import it as a dataset or as runs</span>
        </div>
      )}
      {dropped && <DropDialog dropped={dropped} onClose={() => setDropped(null)} />}
    </>
  )
}
