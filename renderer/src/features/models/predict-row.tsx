import { Button, NumberInput, Select, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type {
  ColumnCoding,
  ModelVersion,
  RowPrediction,
  TableCell,
  TablePreprocessing,
} from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { formatNumber, formatPercent } from '../../components/format.ts'
import { Section } from '../../components/section.tsx'

function ColumnInput({
  coding,
  value,
  onChange,
}: {
  coding: ColumnCoding
  value: TableCell
  onChange: (value: TableCell) => void
}) {
  if (coding.kind === 'categories')
    return (
      <Select
        label={coding.name}
        placeholder="missing"
        clearable
        searchable
        data={coding.categories}
        value={value === null ? null : String(value)}
        onChange={onChange}
      />
    )
  if (coding.date)
    return (
      <TextInput
        label={coding.name}
        placeholder="2024-01-31"
        value={value === null ? '' : String(value)}
        onChange={(event) => onChange(event.currentTarget.value || null)}
      />
    )
  return (
    <NumberInput
      label={coding.name}
      placeholder={`missing (usual: ${formatNumber(coding.mean)})`}
      value={typeof value === 'number' ? value : ''}
      decimalScale={10}
      onChange={(given) => onChange(given === '' ? null : Number(given))}
    />
  )
}

export function RowAnswer({ prediction, target }: { prediction: RowPrediction; target: string }) {
  const { label, value, probabilities, notes } = prediction
  return (
    <div className="row-answer" role="status">
      <p>
        {target}: <strong>{label ?? formatNumber(value ?? Number.NaN)}</strong>
      </p>
      {probabilities.length > 0 && (
        <ul>
          {probabilities
            .toSorted((a, b) => b.probability - a.probability)
            .slice(0, 10)
            .map((one) => (
              <li key={one.label}>
                {one.label} <span className="dim tabular">{formatPercent(one.probability)}</span>
              </li>
            ))}
        </ul>
      )}
      {notes.map((note) => (
        <p key={note} className="dim">
          {note}
        </p>
      ))}
    </div>
  )
}

/** A form with a field for each column: what the model says of one row. */
export function PredictRow({
  version,
  preprocessing,
}: {
  version: ModelVersion
  preprocessing: TablePreprocessing
}) {
  const { columns, target } = preprocessing
  const [row, setRow] = useState<Record<string, TableCell>>(() =>
    Object.fromEntries(
      columns.map((coding) => [
        coding.name,
        coding.kind === 'numeric' && !coding.date ? Number(coding.mean.toPrecision(4)) : null,
      ]),
    ),
  )
  const [prediction, setPrediction] = useState<RowPrediction | null>(null)
  const [failure, setFailure] = useState<Error | null>(null)
  const [busy, setBusy] = useState(false)
  const predict = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setFailure(null)
    try {
      const [answer] = await call('models.predictRows', {
        reference: `${version.model}/${version.version}`,
        source: { kind: 'rows', rows: [row] },
      })
      setPrediction(answer ?? null)
    } catch (cause) {
      setFailure(cause instanceof Error ? cause : new Error(String(cause)))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Section title="Predict a row">
      <form onSubmit={predict} aria-label={`Predict ${target.name}`}>
        <div className="row-form">
          {columns.map((coding) => (
            <ColumnInput
              key={coding.name}
              coding={coding}
              value={row[coding.name] ?? null}
              onChange={(value) => setRow((before) => ({ ...before, [coding.name]: value }))}
            />
          ))}
        </div>
        <div>
          <Button type="submit" loading={busy}>
            Predict
          </Button>
        </div>
      </form>
      {failure && <ErrorPanel title="The row could not be predicted" error={failure} />}
      {prediction && <RowAnswer prediction={prediction} target={target.name} />}
    </Section>
  )
}
