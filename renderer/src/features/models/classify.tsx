import { Button, Menu } from '@mantine/core'
import { ChevronDown, ImagePlus, TriangleAlert } from 'lucide-react'
import { type ClipboardEvent, useEffect, useRef, useState } from 'react'
import type { FileSource, ModelVersion, Prediction } from '../../../../core/contract/index.ts'
import { desktop } from '../../client/desktop.ts'
import { call } from '../../client/rpc.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { formatDuration, formatNumber, plural } from '../../components/format.ts'
import { notifyError } from '../../components/notices.tsx'
import { Section } from '../../components/section.tsx'
import { pathSource, sampleSource, sourcesFromFiles } from '../../components/sources.ts'
import { useQuery } from '../../components/use-query.ts'
import { versionReference } from './model-names.ts'
import { useDroppedFiles } from './use-dropped-files.ts'

interface Classified {
  id: number
  prediction: Prediction
  /** Where the picture is shown from; null while that is not known, or when it can't be shown. */
  picture: string | null
}

const barsAtMost = 5

export function PredictionCard({ prediction, picture }: Omit<Classified, 'id'>) {
  const sorted = [...prediction.probabilities].sort((a, b) => b.probability - a.probability)
  const name = prediction.file.split(/[/\\]/).at(-1) ?? prediction.file
  return (
    <li className="prediction">
      {picture && !prediction.error ? (
        <img src={picture} alt={name} />
      ) : (
        <div className="prediction-blank" aria-hidden />
      )}
      <div className="prediction-text">
        <div className="prediction-head">
          <strong dir="auto">{prediction.text ?? prediction.label ?? 'Not classified'}</strong>
          <span className="dim truncate" title={prediction.file}>
            {name}
          </span>
          {!prediction.error && <span className="dim tabular">{formatDuration(prediction.durationMs)}</span>}
        </div>
        {prediction.error ? (
          <p className="prediction-error">
            <TriangleAlert size={14} aria-hidden />
            {prediction.error.message}
          </p>
        ) : prediction.text !== null ? null : (
          <dl className="bars" aria-label={`Probabilities for ${name}`}>
            {sorted.slice(0, barsAtMost).map(({ label, probability }) => (
              <div key={label}>
                <dt className="truncate" title={label}>
                  {label}
                </dt>
                <dd title={String(probability)}>
                  <span className="bar" style={{ width: `${probability * 100}%` }} />
                  <span className="bar-value">{formatNumber(probability * 100)} %</span>
                </dd>
              </div>
            ))}
          </dl>
        )}
        {!prediction.error && sorted.length > barsAtMost && (
          <span className="dim prediction-rest">
            and {plural(sorted.length - barsAtMost, 'class', 'classes')} less likely
          </span>
        )}
      </div>
    </li>
  )
}

let lastId = 0

/** Drops pictures on a model version and shows what it takes them for. */
export function Classify({ version }: { version: ModelVersion }) {
  const input = useRef<HTMLInputElement>(null)
  const samples = useQuery('samples.list', {})
  const [results, setResults] = useState<Classified[]>([])
  const [busy, setBusy] = useState(0)
  const [failure, setFailure] = useState<Error | null>(null)
  const pictures = useRef<string[]>([])
  useEffect(
    () => () => {
      for (const url of pictures.current) URL.revokeObjectURL(url)
    },
    [],
  )

  /** Of files that the window has no bytes of. One that can't be shown keeps its blank: the prediction says why. */
  const showPreviews = async (sources: readonly FileSource[], cards: readonly Classified[]) => {
    for (const [index, source] of sources.entries()) {
      const card = cards[index]
      if (!card || card.prediction.error) continue
      const picture = await call('pictures.preview', { source }).then(
        ({ url }) => url,
        () => null,
      )
      setResults((before) => before.map((one) => (one.id === card.id ? { ...one, picture } : one)))
    }
  }
  const classify = async (sources: () => Promise<FileSource[]>, count: number, files: File[] = []) => {
    if (count === 0) return
    setBusy((before) => before + count)
    setFailure(null)
    try {
      const asked = await sources()
      const predictions = await call('models.predict', {
        reference: versionReference(version),
        files: asked,
      })
      const added = predictions.map((prediction, index): Classified => {
        const file = files[index]
        const picture = file ? URL.createObjectURL(file) : null
        if (picture) pictures.current.push(picture)
        lastId += 1
        return { id: lastId, prediction, picture }
      })
      setResults((before) => [...added, ...before])
      if (files.length === 0) void showPreviews(asked, added)
    } catch (cause) {
      setFailure(cause instanceof Error ? cause : new Error(String(cause)))
    } finally {
      setBusy((before) => before - count)
    }
  }
  const classifyFiles = (files: File[]) => classify(() => sourcesFromFiles(files), files.length, files)
  const choose = async () => {
    const bridge = desktop()
    if (!bridge) return input.current?.click()
    try {
      const paths = await bridge.chooseFiles({
        title: 'Pictures to classify',
        multiple: true,
        pictures: true,
      })
      await classify(async () => paths.map(pathSource), paths.length)
    } catch (cause) {
      notifyError(cause)
    }
  }
  const { over, handlers } = useDroppedFiles((files) => void classifyFiles(files))
  const onPaste = (event: ClipboardEvent) => {
    const files = [...event.clipboardData.files]
    if (files.length > 0) void classifyFiles(files)
  }
  const usable = samples.data?.filter((sample) => sample.use === 'classify') ?? []

  return (
    <Section
      title={version.kind === 'line-recogniser' ? 'Read lines' : 'Classify'}
      actions={
        results.length > 0 && (
          <Button size="compact-xs" variant="subtle" color="gray" onClick={() => setResults([])}>
            Clear
          </Button>
        )
      }
    >
      <section
        className="drop-place"
        data-over={over}
        aria-label="Pictures to classify"
        {...handlers}
        onPaste={onPaste}
      >
        <ImagePlus size={20} aria-hidden />
        <span>Drop pictures here, or</span>
        <Button variant="default" onClick={() => void choose()} loading={busy > 0}>
          Choose pictures
        </Button>
        {usable.length > 0 && (
          <Menu>
            <Menu.Target>
              <Button variant="default" rightSection={<ChevronDown size={14} />}>
                Sample
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {usable.map((sample) => (
                <Menu.Item
                  key={sample.id}
                  onClick={() => void classify(async () => [sampleSource(sample.id)], 1)}
                >
                  {sample.title}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        )}
        <input
          ref={input}
          type="file"
          accept="image/*"
          multiple
          hidden
          aria-label="Pictures to classify"
          onChange={(event) => {
            const files = [...(event.currentTarget.files ?? [])]
            event.currentTarget.value = ''
            void classifyFiles(files)
          }}
        />
      </section>
      {failure && <ErrorPanel title="The pictures could not be classified" error={failure} />}
      <div role="status" className="visually-hidden">
        {busy > 0
          ? `Classifying ${plural(busy, 'picture')}`
          : `${plural(results.length, 'picture')} classified`}
      </div>
      {results.length > 0 && (
        <ul className="predictions" aria-label="Predictions">
          {results.map((one) => (
            <PredictionCard key={one.id} prediction={one.prediction} picture={one.picture} />
          ))}
        </ul>
      )}
    </Section>
  )
}
