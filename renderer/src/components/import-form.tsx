import { Button, Group, NumberInput, Stack, TextInput } from '@mantine/core'
import { FileArchive, FolderOpen } from 'lucide-react'
import { type FormEvent, useEffect, useId, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { desktop } from '../client/desktop.ts'
import { datasetNameFrom } from './drop-intent.ts'
import { ErrorPanel } from './error-panel.tsx'
import { plural } from './format.ts'
import { notifyError } from './notices.tsx'
import { filesOfChosenFolder } from './sources.ts'
import { type ImportOrigin, startImport } from './start-import.ts'

const lastName = (path: string): string =>
  path
    .replace(/[/\\]+$/, '')
    .split(/[/\\]/)
    .pop() ?? ''

function nameOfOrigin(origin: ImportOrigin | null): string {
  if (!origin) return ''
  if (origin.kind === 'sample') return datasetNameFrom(origin.title)
  return datasetNameFrom(origin.kind === 'path' ? lastName(origin.path) : origin.name)
}

/** Lets the person choose a folder or IDX files: a dialog in the desktop app, inputs and a typed path in a browser. */
function OriginChooser({
  origin,
  onChoose,
}: {
  origin: ImportOrigin | null
  onChoose: (origin: ImportOrigin | null) => void
}) {
  const folderInput = useRef<HTMLInputElement>(null)
  const filesInput = useRef<HTMLInputElement>(null)
  const bridge = desktop()
  const chooseFolder = () => {
    if (!bridge) return folderInput.current?.click()
    bridge
      .chooseFolder({ title: 'Import a folder', create: false })
      .then((path) => path !== null && onChoose({ kind: 'path', path }))
      .catch(notifyError)
  }

  return (
    <Stack gap={8}>
      <TextInput
        label="Folder"
        data-autofocus
        description="A folder with one folder a class, or with IDX files (gzipped or not)."
        placeholder="/home/me/pictures"
        value={origin?.kind === 'path' ? origin.path : ''}
        onChange={(event) => {
          const path = event.currentTarget.value
          onChoose(path === '' ? null : { kind: 'path', path })
        }}
      />
      <Group gap={8}>
        <Button variant="default" leftSection={<FolderOpen size={14} />} onClick={chooseFolder}>
          Choose a folder
        </Button>
        <Button
          variant="default"
          leftSection={<FileArchive size={14} />}
          onClick={() => filesInput.current?.click()}
        >
          Choose IDX files
        </Button>
        {origin?.kind === 'files' && (
          <span className="dim">
            {origin.name}, {plural(origin.files.length, 'file')}
          </span>
        )}
      </Group>
      <input
        ref={(input) => {
          folderInput.current = input
          input?.setAttribute('webkitdirectory', '')
        }}
        type="file"
        hidden
        aria-label="Folder to import"
        onChange={(event) => {
          const list = event.currentTarget.files
          if (list && list.length > 0) onChoose({ kind: 'files', ...filesOfChosenFolder(list) })
        }}
      />
      <input
        ref={filesInput}
        type="file"
        hidden
        multiple
        aria-label="IDX files to import"
        onChange={(event) => {
          const files = Array.from(event.currentTarget.files ?? [], (file) => ({ path: file.name, file }))
          const [first] = files
          if (first) onChoose({ kind: 'files', name: first.path.replace(/\.gz$/i, ''), files })
        }}
      />
    </Stack>
  )
}

/** Asks for what an import needs and starts it. `origin`: what was dropped; without it the person chooses. */
export function ImportForm({ origin: given, onStarted }: { origin?: ImportOrigin; onStarted: () => void }) {
  const [, navigate] = useLocation()
  const [chosen, setChosen] = useState<ImportOrigin | null>(given ?? null)
  const [typedName, setTypedName] = useState<string | null>(null)
  const [seed, setSeed] = useState(42)
  const [train, setTrain] = useState(80)
  const [validation, setValidation] = useState(10)
  const [sent, setSent] = useState<{ done: number; total: number } | null>(null)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<Error | null>(null)
  const nameField = useRef<HTMLInputElement>(null)
  // What was dropped is on hand: the form takes the place of the button that had the focus, and Enter imports.
  const nothingToChoose = given !== undefined
  useEffect(() => {
    if (nothingToChoose) nameField.current?.focus()
  }, [nothingToChoose])
  const splitId = useId()
  const name = typedName ?? nameOfOrigin(chosen)
  const test = 100 - train - validation

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (!chosen) return
    setBusy(true)
    setError(null)
    try {
      const fractions = { train: train / 100, validation: validation / 100, test: test / 100 }
      const onSent = (done: number, total: number) => setSent({ done, total })
      await startImport(chosen, { name, seed, fractions }, { onSent, open: navigate })
      onStarted()
    } catch (cause) {
      setError(cause instanceof Error ? cause : new Error(String(cause)))
    } finally {
      setBusy(false)
      setSent(null)
    }
  }

  return (
    <form onSubmit={submit}>
      <Stack gap={16}>
        {!given && <OriginChooser origin={chosen} onChoose={setChosen} />}
        <TextInput
          ref={nameField}
          label="Name"
          value={name}
          onChange={(event) => setTypedName(event.currentTarget.value)}
        />
        <fieldset className="import-split" aria-describedby={splitId}>
          <legend>Split</legend>
          <NumberInput
            label="Train, %"
            min={0}
            max={100}
            value={train}
            onChange={(v) => setTrain(Number(v))}
          />
          <NumberInput
            label="Validation, %"
            min={0}
            max={100 - train}
            value={validation}
            onChange={(v) => setValidation(Number(v))}
          />
          <NumberInput
            label="Seed"
            min={0}
            allowDecimal={false}
            value={seed}
            onChange={(v) => setSeed(Number(v))}
          />
          <p id={splitId} className="dim">
            {test < 0
              ? 'Train and validation are more than 100 % together.'
              : `Test gets the other ${test} %. Each class is split alike; folders named train, validation or test are kept as they are.`}
          </p>
        </fieldset>
        {error && <ErrorPanel error={error} />}
        <Group justify="flex-end" gap={8}>
          {sent && (
            <span className="dim tabular" role="status">
              Sending {sent.done} of {sent.total} files
            </span>
          )}
          <Button type="submit" loading={busy} disabled={!chosen || name.trim() === '' || test < 0}>
            Import
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
