import { Button, Table } from '@mantine/core'
import { FlaskConical, Plus } from 'lucide-react'
import { Link, useLocation } from 'wouter'
import { EmptyState } from '../../../components/empty-state.tsx'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { plural } from '../../../components/format.ts'
import { NumberText } from '../../../components/number-text.tsx'
import { PageLayout } from '../../../components/page-layout.tsx'
import { SkeletonRows } from '../../../components/skeleton-rows.tsx'
import { TimeText } from '../../../components/time-text.tsx'
import { useQuery } from '../../../components/use-query.ts'
import { endedTrials, studyStatusWords } from './study-words.ts'

const crumbs = [{ label: 'Runs', href: '/runs' }]

/** All studies, newest first. */
export function StudiesList() {
  const [, navigate] = useLocation()
  const studies = useQuery('tuning.list', {}, { refreshOn: (event) => event.type === 'study.changed' })
  const start = (
    <Button leftSection={<Plus size={14} />} onClick={() => navigate('/runs/studies/new')}>
      New study
    </Button>
  )
  const toolbar = (
    <>
      <span className="dim tabular runs-count" role="status">
        {studies.data && plural(studies.data.length, 'study', 'studies')}
      </span>
      {start}
    </>
  )
  return (
    <PageLayout title="Studies" crumbs={crumbs} toolbar={toolbar}>
      {studies.error ? (
        <div className="page-scroll">
          <ErrorPanel title="The studies could not be listed" error={studies.error} retry={studies.reload} />
        </div>
      ) : !studies.data ? (
        <SkeletonRows />
      ) : studies.data.length === 0 ? (
        <EmptyState
          icon={FlaskConical}
          title="No studies yet"
          text="A study trains again and again with other options, and learns which are better."
        >
          {start}
        </EmptyState>
      ) : (
        <div className="page-scroll">
          <Table aria-label="Studies">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Name</Table.Th>
                <Table.Th>Status</Table.Th>
                <Table.Th>Trials</Table.Th>
                <Table.Th>Objective</Table.Th>
                <Table.Th>Best</Table.Th>
                <Table.Th>Dataset</Table.Th>
                <Table.Th>Started</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {studies.data.map((study) => (
                <Table.Tr key={study.id}>
                  <Table.Td>
                    <Link href={`/runs/studies/${study.id}`}>{study.name}</Link>
                  </Table.Td>
                  <Table.Td>{studyStatusWords[study.status]}</Table.Td>
                  <Table.Td className="tabular">
                    {endedTrials(study)} of {study.trials}
                  </Table.Td>
                  <Table.Td className="mono">{study.objective}</Table.Td>
                  <Table.Td>
                    <NumberText value={study.best?.value} />
                  </Table.Td>
                  <Table.Td>{study.datasetLabel}</Table.Td>
                  <Table.Td>
                    <TimeText at={study.createdAt} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </PageLayout>
  )
}
