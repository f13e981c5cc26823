import { Button, Checkbox, Group, NativeSelect, Stack, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { type FormEvent, useEffect, useRef, useState } from 'react'

import { useLocation } from 'wouter'
import { type FileSource, type ImportStorage, onConflict } from '../../../core/contract/index.ts'
import { datasetNameFrom } from './drop-intent.ts'
import { ErrorPanel } from './error-panel.tsx'
import { OriginChooser } from './import-origin.tsx'
import { ImportPreview, type KindChoice } from './import-preview.tsx'
import { SplitFields, testShare } from './import-split.tsx'
import { StorageField } from './import-storage.tsx'
import { type ImportOrigin, sourceOf, startImport } from './start-import.ts'
import { useQuery } from './use-query.ts'

const typingMs = 300
const nothingChosen: KindChoice = { importer: null, options: {} }

const lastName = (path: string): string =>
  path
    .replace(/[/\\]+$/, '')
    .split(/[/\\]/)
    .pop() ?? ''

function nameOfOrigin(origin: ImportOrigin | null): string {
  if (!origin) return ''
  if (origin.kind === 'sample') return datasetNameFrom(origin.title)
  const name = origin.kind === 'path' ? lastName(origin.path) : origin.name
  return datasetNameFrom(name.replace(/\.(zip|tar|tar\.gz|tgz|csv|tsv|jsonl|json|gz)$/i, ''))
}

const asError = (cause: unknown): Error => (cause instanceof Error ? cause : new Error(String(cause)))

interface Sending {
  source: FileSource | null
  sent: { done: number; total: number } | null
  error: Error | null
}

/** Hands the chosen files to the engine, once, so that it can look at them. */
function useSource(origin: ImportOrigin | null): Sending {
  const [sending, setSending] = useState<Sending>({ source: null, sent: null, error: null })
  useEffect(() => {
    let current = true
    const tell = (next: Sending) => current && setSending(next)
    tell({ source: null, sent: null, error: null })
    if (origin)
      sourceOf(origin, (done, total) => tell({ source: null, sent: { done, total }, error: null })).then(
        (source) => tell({ source, sent: null, error: null }),
        (cause: unknown) => tell({ source: null, sent: null, error: asError(cause) }),
      )
    return () => {
      current = false
    }
  }, [origin])
  return sending
}

const conflictNames = {
  replace: 'The new one replaces it',
  keep: 'Keep both',
  fail: 'Import nothing',
} as const

interface MergeChoice {
  merge: boolean
  onConflict: keyof typeof conflictNames
}

function MergeFields({ value, onChange }: { value: MergeChoice; onChange: (value: MergeChoice) => void }) {
  return (
    <Stack gap={8}>
      <Checkbox
        label="Add to what this dataset holds (as a new version)"
        checked={value.merge}
        onChange={(event) => onChange({ ...value, merge: event.currentTarget.checked })}
      />
      {value.merge && (
        <NativeSelect
          size="xs"
          label="What is there with other content"
          value={value.onConflict}
          onChange={(event) =>
            onChange({ ...value, onConflict: onConflict.parse(event.currentTarget.value) })
          }
          data={onConflict.options.map((option) => ({ value: option, label: conflictNames[option] }))}
        />
      )}
    </Stack>
  )
}

/** Asks for what an import needs, shows what it would make, and starts it. `origin`: what was dropped; without it the person chooses. */
export function ImportForm({ origin: given, onStarted }: { origin?: ImportOrigin; onStarted: () => void }) {
  const [, navigate] = useLocation()
  const [chosen, setChosen] = useState<ImportOrigin | null>(given ?? null)
  const [kind, setKind] = useState<KindChoice>(nothingChosen)
  const [typedName, setTypedName] = useState<string | null>(null)
  const [split, setSplit] = useState({ train: 80, validation: 10, seed: 42 })
  const [merge, setMerge] = useState<MergeChoice>({ merge: false, onConflict: 'replace' })
  const [storage, setStorage] = useState<ImportStorage>('copy')
  const [busy, setBusy] = useState(false)
  const [asked, setAsked] = useState(false)
  const [error, setError] = useState<Error | null>(null)
  const { source, sent, error: sendError } = useSource(chosen)
  const [settledKind] = useDebouncedValue(kind, typingMs)
  const look = useQuery(
    'datasets.inspect',
    {
      source: source ?? { kind: 'path', path: '-' },
      options: settledKind.options,
      ...(settledKind.importer === null ? {} : { importer: settledKind.importer }),
    },
    { enabled: source !== null },
  )
  const [lastFound, setLastFound] = useState(look.data)
  // While the next look is under way the last one stays, so that nothing jumps.
  useEffect(() => {
    if (look.data) setLastFound(look.data)
  }, [look.data])
  const found = source === null ? undefined : (look.data ?? lastFound)
  const nameField = useRef<HTMLInputElement>(null)
  // What was dropped is on hand: the form takes the place of the button that had the focus, and Enter imports.
  const nothingToChoose = given !== undefined
  useEffect(() => {
    if (nothingToChoose) nameField.current?.focus()
  }, [nothingToChoose])
  const name = typedName ?? nameOfOrigin(chosen)
  const known = useQuery('datasets.list', {}).data?.some((dataset) => dataset.name === name.trim()) ?? false
  const impossible = look.data?.error != null || look.error !== undefined

  const choose = (origin: ImportOrigin | null) => {
    setChosen(origin)
    setKind(nothingChosen)
    setLastFound(undefined)
    setError(null)
    setAsked(false)
  }

  const begin = async (from: FileSource) => {
    setAsked(false)
    setBusy(true)
    setError(null)
    const fractions = {
      train: split.train / 100,
      validation: split.validation / 100,
      test: testShare(split) / 100,
    }
    try {
      const choices = {
        name,
        seed: split.seed,
        fractions,
        options: kind.options,
        storage: from.kind === 'path' ? storage : ('copy' as const),
        ...(known ? merge : {}),
        ...(kind.importer === null ? {} : { importer: kind.importer }),
      }
      await startImport(from, choices, navigate)
      onStarted()
    } catch (cause) {
      setError(asError(cause))
    } finally {
      setBusy(false)
    }
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (source) void begin(source)
    else setAsked(chosen !== null)
  }
  // Enter while the files are still being sent counts: the import begins as soon as they are there.
  const beginNow = useRef(begin)
  beginNow.current = begin
  useEffect(() => {
    if (asked && source) void beginNow.current(source)
  }, [asked, source])

  return (
    <form onSubmit={submit}>
      <Stack gap={16}>
        {!given && <OriginChooser origin={chosen} onChoose={choose} />}
        <TextInput
          ref={nameField}
          label="Name"
          value={name}
          onChange={(event) => setTypedName(event.currentTarget.value)}
        />
        {known && <MergeFields value={merge} onChange={setMerge} />}
        {source && !found && look.loading && (
          <p role="status" className="import-note dim">
            Looking at what is there
          </p>
        )}
        {look.error && source && <ErrorPanel error={look.error} />}
        {found && !look.error && (
          <ImportPreview
            found={found}
            loading={look.loading || kind !== settledKind}
            choice={kind}
            onChange={setKind}
          />
        )}
        <SplitFields value={split} onChange={setSplit} />
        {source?.kind === 'path' && <StorageField value={storage} onChange={setStorage} />}
        {(error ?? sendError) && <ErrorPanel error={error ?? sendError ?? new Error()} />}
        <Group justify="flex-end" gap={8} className="import-actions">
          {sent && (
            <span className="dim tabular" role="status">
              Sending {sent.done} of {sent.total} files
            </span>
          )}
          <Button
            type="submit"
            loading={busy || (asked && !sendError)}
            disabled={!chosen || impossible || name.trim() === '' || testShare(split) < 0}
          >
            Import
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
