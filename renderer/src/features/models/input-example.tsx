import { Button } from '@mantine/core'
import { Play } from 'lucide-react'
import { useState } from 'react'
import type { ModelVersion, ProcedureOutput } from '../../../../core/contract/index.ts'
import { blobUrl, call } from '../../client/rpc.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { formatBytes } from '../../components/format.ts'
import { Facts } from '../../components/inspector.tsx'
import { Section } from '../../components/section.tsx'
import { PredictionCard } from './classify.tsx'
import { versionReference } from './model-names.ts'
import { RowAnswer } from './predict-row.tsx'

type Answer = ProcedureOutput<'models.tryExample'>

function AnswerView({ answer, target, picture }: { answer: Answer; target: string; picture: string }) {
  if (answer.kind === 'picture')
    return (
      <ul className="predictions" aria-label="Answer to the input example">
        <PredictionCard prediction={answer.prediction} picture={picture} />
      </ul>
    )
  const [row] = answer.rows
  const [prediction] = answer.predictions
  return (
    <>
      {row && (
        <Facts
          items={Object.entries(row).map(([column, cell]) => [
            column,
            cell === null ? 'missing' : String(cell),
          ])}
        />
      )}
      {prediction && <RowAnswer prediction={prediction} target={target} />}
    </>
  )
}

/** The input that a version was registered with, and what the version says of it. */
export function InputExample({ version }: { version: ModelVersion }) {
  const [answer, setAnswer] = useState<Answer | null>(null)
  const [failure, setFailure] = useState<Error | null>(null)
  const [busy, setBusy] = useState(false)
  const { inputExample: example, preprocessing } = version
  if (!example) return null
  const picture = blobUrl(example.hash)
  const attempt = async () => {
    setBusy(true)
    setFailure(null)
    try {
      setAnswer(await call('models.tryExample', { reference: versionReference(version) }))
    } catch (cause) {
      setFailure(cause instanceof Error ? cause : new Error(String(cause)))
    } finally {
      setBusy(false)
    }
  }
  const rows = 'columns' in preprocessing
  return (
    <Section title="Input example">
      <div className="input-example">
        {!rows && answer === null && <img src={picture} alt={example.name} />}
        <span className="truncate" title={example.name}>
          {example.name} <span className="dim">{formatBytes(example.bytes)}</span>
        </span>
        <Button
          variant="default"
          leftSection={<Play size={14} />}
          loading={busy}
          onClick={() => void attempt()}
        >
          Try
        </Button>
      </div>
      {failure && <ErrorPanel title="The input example could not be predicted" error={failure} />}
      {answer && (
        <AnswerView answer={answer} target={rows ? preprocessing.target.name : ''} picture={picture} />
      )}
    </Section>
  )
}
