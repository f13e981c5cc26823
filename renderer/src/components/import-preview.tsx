import { Loader, MultiSelect, NativeSelect, Stack, Table, TextInput } from '@mantine/core'
import type { ImportInspection } from '../../../core/contract/index.ts'
import { ErrorPanel } from './error-panel.tsx'
import { plural } from './format.ts'
import { ImportTable, mappingOptions } from './import-table.tsx'

export interface KindChoice {
  /** Null: as recognised. */
  importer: string | null
  options: Record<string, unknown>
}

const shownSamples = 5

type PlannedSample = ImportInspection['samples'][number]

const sampleColumns: { title: string; cell: (sample: PlannedSample) => string | null }[] = [
  { title: 'Class', cell: ({ label }) => label || null },
  { title: 'Text', cell: ({ text }) => text },
  { title: 'Number', cell: ({ value }) => (value === null ? null : String(value)) },
  { title: 'Group', cell: ({ group }) => group },
  { title: 'Subset', cell: ({ subset }) => subset },
]

function Samples({ samples }: { samples: PlannedSample[] }) {
  const columns = sampleColumns.filter(({ cell }) => samples.some((sample) => cell(sample) !== null))
  return (
    <Table
      className="import-table import-samples"
      layout="fixed"
      aria-label="First pictures as they would be imported"
    >
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Picture</Table.Th>
          {columns.map(({ title }) => (
            <Table.Th key={title}>{title}</Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {samples.slice(0, shownSamples).map((sample) => (
          <Table.Tr key={sample.path}>
            <Table.Td>
              <span className="import-cell import-path" title={sample.path}>
                <bdi>{sample.path}</bdi>
              </span>
            </Table.Td>
            {columns.map(({ title, cell }) => (
              <Table.Td key={title}>
                <span className="import-cell" title={cell(sample) ?? undefined}>
                  {cell(sample)}
                </span>
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

function Problems({ found }: { found: ImportInspection }) {
  return (
    <>
      {found.warnings.map((warning) => (
        <p key={warning} className="import-note">
          {warning}
        </p>
      ))}
      {found.refusedCount > 0 && (
        <details className="import-note">
          <summary>{plural(found.refusedCount, 'file')} will not be imported</summary>
          <ul>
            {found.refused.map(({ path, reason }) => (
              <li key={path}>
                {path}: <span className="dim">{reason}</span>
              </li>
            ))}
            {found.refusedCount > found.refused.length && (
              <li className="dim">and {found.refusedCount - found.refused.length} more</li>
            )}
          </ul>
        </details>
      )}
    </>
  )
}

function summaryOf({ sampleCount, labelCount, fileCount, table }: ImportInspection): string {
  if (sampleCount === 0) return plural(fileCount, 'file')
  const classes = labelCount > 0 ? plural(labelCount, 'class', 'classes') : 'no classes'
  return `${plural(sampleCount, table?.kinds ? 'row' : 'picture')}, ${classes}`
}

/** What the engine recognises in the source, the kind and its options to be changed by hand, and the first samples. */
export function ImportPreview({
  found,
  loading,
  choice,
  onChange,
}: {
  found: ImportInspection
  loading: boolean
  choice: KindChoice
  onChange: (choice: KindChoice) => void
}) {
  const kind = choice.importer ?? found.importer ?? ''
  const setOptions = (options: Record<string, unknown>) =>
    onChange({ importer: choice.importer, options: { ...choice.options, ...options } })
  const leftOut = Array.isArray(choice.options['leaveOut']) ? choice.options['leaveOut'].map(String) : []
  const pattern = choice.options['pattern'] ?? found.guessed['pattern'] ?? ''
  return (
    <Stack gap={8} aria-busy={loading}>
      <div className="import-kind">
        <NativeSelect
          label="Kind"
          size="xs"
          value={kind}
          onChange={(event) => onChange({ importer: event.currentTarget.value, options: {} })}
          data={[
            ...(kind === '' ? [{ value: '', label: 'Not recognised' }] : []),
            ...found.importers.map(({ id, title, detected }) => ({
              value: id,
              label: detected ? `${title} (recognised)` : title,
            })),
          ]}
        />
        <output className="import-summary dim tabular">
          {loading ? <Loader size={14} aria-label="Looking" /> : summaryOf(found)}
        </output>
      </div>
      {found.importer === 'name-pattern' && (
        <TextInput
          label="Pattern of the names"
          description="{label}, {group}, {subset}, {text} and {value} are taken; * is anything, ? one character. With a / it is matched with the folders."
          placeholder="{label}_*.png"
          value={String(pattern)}
          onChange={(event) => {
            const text = event.currentTarget.value
            onChange({ importer: 'name-pattern', options: text === '' ? {} : { pattern: text } })
          }}
        />
      )}
      {found.table && found.table.tables.length > 1 && (
        <NativeSelect
          label="Table"
          size="xs"
          value={found.table.file}
          onChange={(event) =>
            onChange({ importer: choice.importer, options: { table: event.currentTarget.value } })
          }
          data={found.table.tables}
        />
      )}
      {found.table && (
        <ImportTable table={found.table} onMap={(mapping) => setOptions(mappingOptions(mapping))} />
      )}
      {found.table?.kinds && (
        <MultiSelect
          label="Columns to leave out"
          size="xs"
          searchable
          clearable
          data={found.table.columns}
          value={leftOut}
          onChange={(leaveOut) => setOptions({ leaveOut })}
        />
      )}
      {found.error && <ErrorPanel error={new Error(found.error.message)} />}
      {found.samples.length > 0 && <Samples samples={found.samples} />}
      <Problems found={found} />
    </Stack>
  )
}
