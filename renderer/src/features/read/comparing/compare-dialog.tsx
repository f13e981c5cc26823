import { ActionIcon, Button, Modal, Radio, Select, Tooltip } from '@mantine/core'
import { ChartNoAxesColumn, Plus, Trash2, Upload } from 'lucide-react'
import { type FormEvent, useId, useRef, useState } from 'react'
import {
  googleVisionEngine,
  type ImportedTruths,
  type PageEngine,
  type Preprocessing,
  pageSegmentations,
  parsePreprocessing,
  type ReadingOptions,
  readingOptions,
  stepInWords,
} from '../../../../../core/contract/index.ts'
import { call } from '../../../client/rpc.ts'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { plural } from '../../../components/format.ts'
import { notifyError } from '../../../components/notices.tsx'
import { costAccepted } from '../../../components/reading-cost.ts'
import { sourcesFromFiles } from '../../../components/sources.ts'
import { useQuery } from '../../../components/use-query.ts'
import { useReadingOptions } from '../../../stores/reading-options.ts'

const mostWays = 12

const recipes: { value: string; label: string }[] = [
  { value: 'auto', label: 'As each page needs' },
  { value: 'none', label: 'Nothing' },
  { value: 'turn,deskew', label: 'Turn and straighten' },
  { value: 'contrast', label: 'Even out the light' },
  { value: 'deskew,contrast,denoise', label: 'Straighten, light, specks' },
  { value: 'scale', label: 'Scale to 300 dpi' },
  { value: 'binarise=otsu', label: 'Black and white (Otsu)' },
  { value: 'binarise=sauvola', label: 'Black and white (Sauvola)' },
]

const inWords = (preprocessing: Preprocessing): string =>
  typeof preprocessing === 'string' ? preprocessing : preprocessing.map(stepInWords).join(',')

/** One way to read. */
function WayRow({
  way,
  number,
  engines,
  onChange,
  onRemove,
}: {
  way: ReadingOptions
  number: number
  engines: readonly PageEngine[]
  onChange: (way: ReadingOptions) => void
  onRemove: (() => void) | undefined
}) {
  const recipe = inWords(way.preprocessing)
  const known = recipes.some(({ value }) => value === recipe)
  return (
    <fieldset className="way-row" aria-label={`Way ${number}`}>
      <Select
        aria-label="Engine"
        data={engines.map(({ id, title }) => ({ value: id, label: title }))}
        value={way.engine}
        allowDeselect={false}
        onChange={(engine) => onChange({ ...way, engine: engine ?? 'tesseract' })}
      />
      <Select
        aria-label="The page holds"
        data={pageSegmentations.map(({ psm, title }) => ({ value: String(psm), label: title }))}
        value={String(way.psm)}
        allowDeselect={false}
        disabled={way.engine === 'ppocr' || way.engine === googleVisionEngine}
        onChange={(value) =>
          onChange({ ...way, psm: pageSegmentations.find(({ psm }) => String(psm) === value)?.psm ?? 3 })
        }
      />
      <Select
        aria-label="Before it is read"
        data={known ? recipes : [...recipes, { value: recipe, label: recipe }]}
        value={recipe}
        allowDeselect={false}
        onChange={(value) => onChange({ ...way, preprocessing: parsePreprocessing(value ?? 'auto') })}
      />
      <Tooltip label="Take this way out">
        <ActionIcon
          size={30}
          variant="default"
          aria-label={`Take way ${number} out`}
          disabled={!onRemove}
          onClick={onRemove}
        >
          <Trash2 size={14} />
        </ActionIcon>
      </Tooltip>
    </fieldset>
  )
}

/** Brings what stands on pages from files; says what found no page. */
function TruthImport({ onImported }: { onImported: () => void }) {
  const input = useRef<HTMLInputElement>(null)
  const [busy, setBusy] = useState(false)
  const [imported, setImported] = useState<ImportedTruths | null>(null)
  const take = async (files: File[]) => {
    setBusy(true)
    try {
      setImported(await call('pages.importText', { files: await sourcesFromFiles(files) }))
      onImported()
    } catch (cause) {
      notifyError(cause)
    } finally {
      setBusy(false)
    }
  }
  return (
    <div className="truth-import">
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<Upload size={12} />}
        loading={busy}
        title="PAGE XML, ALTO, hOCR or text files, named like the pictures"
        onClick={() => input.current?.click()}
      >
        Bring texts from files
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept=".txt,.xml,.hocr,.html"
        aria-label="Files with the text of pages"
        onChange={(event) => {
          const chosen = Array.from(event.currentTarget.files ?? [])
          event.currentTarget.value = ''
          if (chosen.length > 0) void take(chosen)
        }}
      />
      {imported && (
        <div role="status">
          {plural(imported.pages.length, 'page')} found its text.
          {imported.unmatched.length > 0 && (
            <ul className="truth-unmatched" aria-label="Files that were left out">
              {imported.unmatched.map(({ file, reason }) => (
                <li key={file}>
                  {file}: {reason}.
                </li>
              ))}
            </ul>
          )}
        </div>
      )}
    </div>
  )
}

/** Asks which pages are read in which ways. */
export function CompareDialog({
  pageIds,
  onClose,
  onBegun,
}: {
  /** The selected pages, in order. */
  pageIds: readonly string[]
  onClose: () => void
  onBegun: (id: string) => void
}) {
  const kept = useReadingOptions()
  const engines = useQuery('pages.engines', {})
  const known = useQuery('pages.withTruth', {}, { refreshOn: (event) => event.type === 'page.changed' })
  const group = useId()
  const own = readingOptions.parse({ ...kept })
  const [ways, setWays] = useState<{ id: string; way: ReadingOptions }[]>(() => [
    { id: `${group}0`, way: own },
    { id: `${group}1`, way: { ...own, engine: own.engine === 'ppocr' ? 'tesseract' : 'ppocr' } },
  ])
  const count = useRef(2)
  const [from, setFrom] = useState<'all' | 'selected'>('all')
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Error | null>(null)
  const chosen = from === 'selected' ? pageIds.length : (known.data?.length ?? 0)

  const start = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setFailure(null)
    try {
      const engines = ways.map(({ way }) => way.engine)
      if (!(await costAccepted(engines, { pages: chosen }))) return setBusy(false)
      const wanted = { ways: ways.map(({ way }) => way) }
      onBegun(
        (await call('pages.compare', from === 'selected' ? { ...wanted, pageIds: [...pageIds] } : wanted)).id,
      )
    } catch (cause) {
      setFailure(cause instanceof Error ? cause : new Error(String(cause)))
      setBusy(false)
    }
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title="Compare ways to read"
      size={820}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form className="export-form" onSubmit={start} aria-label="Compare ways to read">
        <Radio.Group
          label="Pages"
          value={from}
          onChange={(value) => setFrom(value === 'selected' ? 'selected' : 'all')}
        >
          <div className="dataset-choices">
            <Radio
              size="xs"
              value="all"
              label={`All of which it is known what stands there (${known.data?.length ?? 0})`}
              description="Corrected pages, and those whose text was typed or came from a file."
            />
            {pageIds.length > 0 && (
              <Radio
                size="xs"
                value="selected"
                label={`The selected ${pageIds.length === 1 ? 'page' : plural(pageIds.length, 'page')}`}
              />
            )}
          </div>
        </Radio.Group>
        <TruthImport onImported={known.reload} />
        <div className="way-rows">
          <div className="way-row way-heads dim" aria-hidden>
            <span>Engine</span>
            <span>The page holds</span>
            <span>Before it is read</span>
          </div>
          {ways.map(({ id, way }, at) => (
            <WayRow
              key={id}
              way={way}
              number={at + 1}
              engines={engines.data ?? []}
              onChange={(changed) => setWays(ways.map((one) => (one.id === id ? { id, way: changed } : one)))}
              onRemove={ways.length > 1 ? () => setWays(ways.filter((one) => one.id !== id)) : undefined}
            />
          ))}
          <div>
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<Plus size={12} />}
              disabled={ways.length >= mostWays}
              onClick={() => {
                const id = `${group}${count.current}`
                count.current += 1
                setWays([...ways, { id, way: { ...(ways.at(-1)?.way ?? own), preprocessing: 'none' } }])
              }}
            >
              Add a way
            </Button>
          </div>
        </div>
        {failure && <ErrorPanel title="Nothing was compared" error={failure} />}
        <div className="reading-actions">
          <Button
            type="submit"
            leftSection={<ChartNoAxesColumn size={14} />}
            loading={busy}
            disabled={chosen === 0}
          >
            Compare
          </Button>
          <span className="dim tabular" role="status">
            {chosen === 0
              ? 'Correct a word of a page, or bring texts from files first.'
              : `${plural(chosen * ways.length, 'reading')}, and a run for each way.`}
          </span>
        </div>
      </form>
    </Modal>
  )
}
