import { Table } from '@mantine/core'
import { Link } from 'wouter'
import type { ModelVersion } from '../../../../core/contract/index.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { HashText } from '../../components/hash-text.tsx'
import { NumberText } from '../../components/number-text.tsx'
import { PageLayout } from '../../components/page-layout.tsx'
import { SkeletonRows } from '../../components/skeleton-rows.tsx'
import { TimeText } from '../../components/time-text.tsx'
import { useQuery } from '../../components/use-query.ts'
import { AliasBadges } from './alias-badges.tsx'
import { versionPath } from './model-names.ts'
import { AliasHistory } from './promotion/alias-history.tsx'
import { VersionStatus } from './version-status.tsx'

const crumbs = [{ label: 'Models', href: '/models' }]
const shownMetrics = ['test_accuracy', 'validation_accuracy', 'validation_loss']

/** The metrics that some of the versions have, the telling ones only. */
const metricsOf = (versions: readonly ModelVersion[]): string[] =>
  shownMetrics.filter((key) => versions.some((version) => version.metrics[key] !== undefined))

/** The versions of one model, newest first. */
export function ModelView({ model }: { model: string }) {
  const query = useQuery(
    'models.versions',
    { model },
    { refreshOn: (event) => event.type === 'model.changed' && event.model === model },
  )
  const versions = [...(query.data ?? [])].sort((a, b) => b.version - a.version)
  const metrics = metricsOf(versions)
  return (
    <PageLayout title={model} crumbs={crumbs}>
      <div className="page-scroll">
        {query.error && !query.data ? (
          <ErrorPanel title="The model could not be shown" error={query.error} retry={query.reload} />
        ) : !query.data ? (
          <SkeletonRows />
        ) : (
          <div className="table-frame">
            <Table className="model-table" highlightOnHover aria-label={`Versions of ${model}`}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Version</Table.Th>
                  <Table.Th>Aliases</Table.Th>
                  <Table.Th>Status</Table.Th>
                  {metrics.map((key) => (
                    <Table.Th key={key}>{key}</Table.Th>
                  ))}
                  <Table.Th>Run</Table.Th>
                  <Table.Th>Dataset</Table.Th>
                  <Table.Th>Digest</Table.Th>
                  <Table.Th>Registered</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {versions.map((version) => (
                  <Table.Tr key={version.version}>
                    <Table.Td>
                      <Link href={versionPath(model, version.version)}>Version {version.version}</Link>
                    </Table.Td>
                    <Table.Td>
                      <AliasBadges aliases={version.aliases} />
                    </Table.Td>
                    <Table.Td>
                      <VersionStatus version={version} />
                    </Table.Td>
                    {metrics.map((key) => (
                      <Table.Td key={key}>
                        <NumberText value={version.metrics[key]} />
                      </Table.Td>
                    ))}
                    <Table.Td>
                      {version.runId === null ? (
                        <span className="dim">imported</span>
                      ) : (
                        <Link href={`/runs/${version.runId}`}>{version.runName}</Link>
                      )}
                    </Table.Td>
                    <Table.Td>
                      {version.datasetVersionId ? (
                        <Link href={`/data/${version.datasetVersionId}`}>{version.datasetLabel}</Link>
                      ) : (
                        (version.datasetLabel ?? '–')
                      )}
                    </Table.Td>
                    <Table.Td>
                      <HashText value={version.digest} label="digest" />
                    </Table.Td>
                    <Table.Td>
                      <TimeText at={version.createdAt} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
            <AliasHistory model={model} />
          </div>
        )}
      </div>
    </PageLayout>
  )
}
