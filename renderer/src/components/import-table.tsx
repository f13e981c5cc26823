import { NativeSelect, Table } from '@mantine/core'
import { type ColumnRole, columnRole, type ImportInspection } from '../../../core/contract/index.ts'

type LabelTable = NonNullable<ImportInspection['table']>
type Mapping = LabelTable['mapping']

const roleNames: Record<ColumnRole, string> = {
  file: 'File',
  label: 'Class',
  text: 'Text',
  value: 'Number',
  group: 'Group',
  subset: 'Subset',
  boxes: 'Boxes (JSON)',
}

/** Where the rows themselves are the samples. */
const rowRoleNames: Partial<Record<ColumnRole, string>> = {
  label: 'Target: a class',
  value: 'Target: a number',
  file: 'Name of the row',
  group: 'Group',
  subset: 'Subset',
}

const choicesFor = ({ kinds }: LabelTable): { value: string; label: string }[] => [
  { value: '', label: kinds ? 'Learnt from' : 'Not used' },
  ...columnRole.options.flatMap((role) => {
    const label = kinds ? rowRoleNames[role] : roleNames[role]
    return label === undefined ? [] : [{ value: role, label }]
  }),
]

const roleOf = (mapping: Mapping, column: string): ColumnRole | '' =>
  columnRole.options.find((role) => mapping[role] === column) ?? ''

/** The mapping with `column` in another role; a role has one column. */
function withRole(mapping: Mapping, column: string, role: ColumnRole | ''): Mapping {
  const entries = columnRole.options.map((name) => {
    if (name === role) return [name, column] as const
    return [name, mapping[name] === column ? null : mapping[name]] as const
  })
  return Object.fromEntries(entries) as Mapping
}

/** The options of the importer that say this mapping. */
export const mappingOptions = (mapping: Mapping): Record<string, string | null> =>
  Object.fromEntries(columnRole.options.map((role) => [`${role}Column`, mapping[role]]))

const shownRows = 4

/** The first rows of a table of labels; above each column stands what it is. */
export function ImportTable({ table, onMap }: { table: LabelTable; onMap: (mapping: Mapping) => void }) {
  const firstRows = table.rows.slice(0, shownRows).map((cells, at) => ({ key: `row ${at}`, cells }))
  return (
    <section className="import-scroll" aria-label={`First rows of ${table.file}`}>
      <Table className="import-table" aria-label={`Columns of ${table.file}`}>
        <Table.Thead>
          <Table.Tr>
            {table.columns.map((column) => (
              <Table.Th key={column} data-used={roleOf(table.mapping, column) !== '' || undefined}>
                <span className="import-cell" title={column}>
                  {column}
                  {table.kinds?.[column] && <span className="dim"> {table.kinds[column]}</span>}
                </span>
                <NativeSelect
                  size="xs"
                  aria-label={`What the column ${column} is`}
                  value={roleOf(table.mapping, column)}
                  onChange={(event) => {
                    const role = columnRole.safeParse(event.currentTarget.value)
                    onMap(withRole(table.mapping, column, role.success ? role.data : ''))
                  }}
                  data={choicesFor(table)}
                />
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {firstRows.map(({ key, cells }) => (
            <Table.Tr key={key}>
              {table.columns.map((column, index) => (
                <Table.Td key={column} data-used={roleOf(table.mapping, column) !== '' || undefined}>
                  <span className="import-cell" title={cells[index]}>
                    {cells[index]}
                  </span>
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  )
}
