import { Button, Group, Table } from '@mantine/core'
import { Package } from 'lucide-react'
import { Link, useLocation } from 'wouter'
import { EmptyState } from '../../components/empty-state.tsx'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { PageLayout } from '../../components/page-layout.tsx'
import { SkeletonRows } from '../../components/skeleton-rows.tsx'
import { TimeText } from '../../components/time-text.tsx'
import { useQuery } from '../../components/use-query.ts'
import { ModelImport } from './model-import.tsx'
import { modelPath, versionPath } from './model-names.ts'

/** All registered models. */
export function ModelsList() {
  const [, navigate] = useLocation()
  const models = useQuery('models.list', {}, { refreshOn: (event) => event.type === 'model.changed' })

  if (models.data?.length === 0)
    return (
      <PageLayout title="Models">
        <EmptyState
          icon={Package}
          title="No models yet"
          text="A model is a named series of versions, each made by a run. Open a finished run and register its model, or import an ONNX file."
        >
          <Group gap={8}>
            <Button onClick={() => navigate('/runs')}>Choose a run</Button>
            <ModelImport />
          </Group>
        </EmptyState>
      </PageLayout>
    )
  return (
    <PageLayout
      title="Models"
      toolbar={
        <>
          <span className="toolbar-space" />
          <ModelImport />
        </>
      }
    >
      <div className="page-scroll">
        {models.error && !models.data ? (
          <ErrorPanel title="The models could not be listed" error={models.error} retry={models.reload} />
        ) : !models.data ? (
          <SkeletonRows />
        ) : (
          <Table className="model-table" highlightOnHover aria-label="Models">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Name</Table.Th>
                <Table.Th>Versions</Table.Th>
                <Table.Th>Newest</Table.Th>
                <Table.Th>Aliases</Table.Th>
                <Table.Th>Registered</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {models.data.map((model) => (
                <Table.Tr key={model.name}>
                  <Table.Td className="model-name">
                    <Link href={modelPath(model.name)}>{model.name}</Link>
                  </Table.Td>
                  <Table.Td>{model.versionCount}</Table.Td>
                  <Table.Td>
                    {model.latestVersion !== null && (
                      <Link href={versionPath(model.name, model.latestVersion)}>
                        version {model.latestVersion}
                      </Link>
                    )}
                  </Table.Td>
                  <Table.Td>
                    {Object.entries(model.aliases).map(([alias, version]) => (
                      <span key={alias} className="alias-pair">
                        {alias} <Link href={versionPath(model.name, version)}>version {version}</Link>
                      </span>
                    ))}
                  </Table.Td>
                  <Table.Td>
                    <TimeText at={model.createdAt} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
      </div>
    </PageLayout>
  )
}
