import { Select, Table } from '@mantine/core'
import type { DatasetVersion, DriftMeasure } from '../../../../../core/contract/index.ts'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { formatNumber } from '../../../components/format.ts'
import { Section } from '../../../components/section.tsx'
import { useQuery } from '../../../components/use-query.ts'

const verdictWords: Record<DriftMeasure['verdict'], string> = {
  same: 'Same',
  little: 'Changed a little',
  much: 'Changed much',
}

/** What changed in classes, sizes, light and texts since another version. */
export function DriftSection({
  version,
  versions,
  from,
  onFrom,
}: {
  version: DatasetVersion
  versions: readonly DatasetVersion[]
  from: string | null
  onFrom: (versionId: string | null) => void
}) {
  const others = versions.filter(({ id }) => id !== version.id)
  const drift = useQuery(
    'datasets.drift',
    { fromVersionId: from ?? '', toVersionId: version.id },
    { enabled: from !== null, refreshOn: ({ type }) => type === 'dataset.changed' },
  )
  if (others.length === 0)
    return (
      <Section title="Drift">
        <p className="dim">There is no other version to compare with yet.</p>
      </Section>
    )
  return (
    <Section
      title="Drift"
      actions={
        <Select
          aria-label="Compare with version"
          placeholder="Compare with a version"
          clearable
          data={others.map(({ id, number, sampleCount }) => ({
            value: id,
            label: `Since version ${number} (${formatNumber(sampleCount)})`,
          }))}
          value={from}
          onChange={onFrom}
        />
      }
    >
      {from === null && <p className="dim">Choose a version to see what has changed since.</p>}
      {from !== null && drift.error && <ErrorPanel error={drift.error} retry={drift.reload} />}
      {from !== null && drift.data && !drift.error && (
        <>
          <Names title="New classes" names={drift.data.newClasses} />
          <Names title="Lost classes" names={drift.data.lostClasses} />
          <Names title="New characters" names={drift.data.newCharacters} />
          <Names title="Lost characters" names={drift.data.lostCharacters} />
          <div className="drift-table">
            <Table aria-label="What changed">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>What</Table.Th>
                  <Table.Th>Change</Table.Th>
                  <Table.Th ta="right" title="Population stability index">
                    PSI
                  </Table.Th>
                  <Table.Th ta="right" title="Kolmogorov-Smirnov distance, or chi-square">
                    KS / χ²
                  </Table.Th>
                  <Table.Th ta="right" title="Probability of such a difference by chance">
                    p
                  </Table.Th>
                  <Table.Th>In words</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {drift.data.measures.map(
                  ({ name, title, verdict, stability, distance, chiSquare, pValue, words }) => (
                    <Table.Tr key={name} data-verdict={verdict}>
                      <Table.Td>{title}</Table.Td>
                      <Table.Td className="drift-verdict">{verdictWords[verdict]}</Table.Td>
                      <Table.Td ta="right">{stability.toFixed(3)}</Table.Td>
                      <Table.Td ta="right">
                        {distance === null ? `χ² ${(chiSquare ?? 0).toFixed(1)}` : distance.toFixed(3)}
                      </Table.Td>
                      <Table.Td ta="right">{pValue < 0.001 ? '< 0.001' : pValue.toFixed(3)}</Table.Td>
                      <Table.Td className="dim">{words}</Table.Td>
                    </Table.Tr>
                  ),
                )}
              </Table.Tbody>
            </Table>
          </div>
        </>
      )}
    </Section>
  )
}

function Names({ title, names }: { title: string; names: readonly string[] }) {
  if (names.length === 0) return null
  return (
    <p className="drift-names">
      <strong>{title}</strong> {names.slice(0, 30).join(', ')}
      {names.length > 30 && ` and ${formatNumber(names.length - 30)} more`}
    </p>
  )
}
