import {
  Button,
  type MantineColorScheme,
  SegmentedControl,
  Table,
  useMantineColorScheme,
} from '@mantine/core'
import { CircleCheck, CircleSlash, RotateCw } from 'lucide-react'
import { useState } from 'react'
import type { AuditEvent } from '../../../../core/contract/index.ts'
import { desktop } from '../../client/desktop.ts'
import { call } from '../../client/rpc.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { formatBytes, formatMoment, formatNumber, plural } from '../../components/format.ts'
import { HashText } from '../../components/hash-text.tsx'
import { Facts } from '../../components/inspector.tsx'
import { KeysTable } from '../../components/keys-table.tsx'
import { notifyError } from '../../components/notices.tsx'
import { PageLayout } from '../../components/page-layout.tsx'
import { Section } from '../../components/section.tsx'
import { SkeletonRows } from '../../components/skeleton-rows.tsx'
import { TimeText } from '../../components/time-text.tsx'
import { useQuery } from '../../components/use-query.ts'
import { Caches } from './caches.tsx'
import { GoogleVisionSetup } from './google-vision-setup.tsx'
import { MlflowServing } from './mlflow-serving.tsx'
import { ReadFolders } from './read-folders.tsx'
import { WatchedFolders } from './watched-folders.tsx'
import './settings.css'

function Appearance() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <Section title="Appearance">
      <SegmentedControl
        aria-label="Colours"
        value={colorScheme}
        onChange={(value) => setColorScheme(value as MantineColorScheme)}
        data={[
          { value: 'auto', label: 'As the system' },
          { value: 'light', label: 'Light' },
          { value: 'dark', label: 'Dark' },
        ]}
      />
    </Section>
  )
}

function Engine() {
  const status = useQuery('engine.status', {}, { refreshOn: ({ type }) => type === 'job.ended' })
  const facts = status.data
  return (
    <Section title="Engine">
      {status.error && <ErrorPanel error={status.error} retry={status.reload} />}
      {!facts && !status.error && <SkeletonRows rows={4} height={20} />}
      {facts && (
        <Facts
          items={[
            ['Version', facts.version],
            [
              'Data folder',
              <span key="home" className="settings-home">
                <code className="mono">{facts.home}</code>
                {desktop() && (
                  <Button
                    size="compact-xs"
                    variant="default"
                    onClick={() => desktop()?.revealInFileManager(facts.home).catch(notifyError)}
                  >
                    Show
                  </Button>
                )}
              </span>,
            ],
            ['Stored files', formatBytes(facts.blobBytes)],
            ['Disk free', formatBytes(facts.diskFreeBytes)],
            ['Memory', formatBytes(facts.memoryBytes)],
            ['Processor', plural(facts.cpuCount, 'core')],
            ['System', facts.platform],
            ['Node', facts.nodeVersion],
            ['Process', String(facts.pid)],
            ['Started', <TimeText key="started" at={facts.startedAt} />],
          ]}
        />
      )}
    </Section>
  )
}

function Backends() {
  const backends = useQuery('training.backends', {})
  const [busy, setBusy] = useState(false)
  const refresh = () => {
    setBusy(true)
    call('training.backends', { refresh: true })
      .then(backends.set)
      .catch(notifyError)
      .finally(() => setBusy(false))
  }
  return (
    <Section
      title="Training backends"
      actions={
        <Button
          size="compact-xs"
          variant="default"
          leftSection={<RotateCw size={12} />}
          loading={busy}
          onClick={refresh}
        >
          Check again
        </Button>
      }
    >
      {backends.error && <ErrorPanel error={backends.error} retry={backends.reload} />}
      {!backends.data && !backends.error && <SkeletonRows rows={3} height={24} />}
      {backends.data && (
        <Table aria-label="Training backends">
          <Table.Tbody>
            {backends.data.map(({ id, title, available, detail }) => (
              <Table.Tr key={id}>
                <Table.Td className="settings-backend">{title}</Table.Td>
                <Table.Td className="settings-available" data-available={available}>
                  {available ? <CircleCheck size={14} aria-hidden /> : <CircleSlash size={14} aria-hidden />}
                  {available ? 'Ready' : 'Not available'}
                </Table.Td>
                <Table.Td>{detail}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Section>
  )
}

const auditPage = 50

function AuditRow({ event }: { event: AuditEvent }) {
  const details = JSON.stringify(event.details)
  return (
    <Table.Tr>
      <Table.Td ta="right">{event.sequence}</Table.Td>
      <Table.Td title={formatMoment(event.at)} className="settings-nowrap">
        {formatMoment(event.at)}
      </Table.Td>
      <Table.Td className="settings-nowrap">{event.action}</Table.Td>
      <Table.Td>{event.subject}</Table.Td>
      <Table.Td className="mono settings-details" title={details}>
        {details === '{}' ? '' : details}
      </Table.Td>
      <Table.Td>
        <HashText value={event.hash} label="hash" keep={8} />
      </Table.Td>
    </Table.Tr>
  )
}

function AuditLog() {
  const [offset, setOffset] = useState(0)
  const audit = useQuery(
    'engine.audit',
    { offset, limit: auditPage },
    { refreshOn: ({ type }) => type === 'model.changed' || type === 'job.ended' },
  )
  const log = audit.data
  return (
    <Section title="Audit log">
      {audit.error && <ErrorPanel error={audit.error} retry={audit.reload} />}
      {log && (
        <>
          <p className="dim">
            {log.total === 0
              ? 'Registrations, promotions and exports will be recorded here.'
              : `${plural(log.total, 'event')}. ${
                  log.intact
                    ? 'The chain of hashes is whole: no event has been changed or removed.'
                    : 'The chain of hashes is broken: an event has been changed or removed outside of the app.'
                }`}
          </p>
          {log.items.length > 0 && (
            <Table aria-label="Audit log">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th ta="right">No.</Table.Th>
                  <Table.Th>Time</Table.Th>
                  <Table.Th>Action</Table.Th>
                  <Table.Th>Subject</Table.Th>
                  <Table.Th>Details</Table.Th>
                  <Table.Th>Hash</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {log.items.map((event) => (
                  <AuditRow key={event.sequence} event={event} />
                ))}
              </Table.Tbody>
            </Table>
          )}
          {log.total > auditPage && (
            <div className="settings-pager">
              <Button
                variant="default"
                disabled={offset === 0}
                onClick={() => setOffset(Math.max(0, offset - auditPage))}
              >
                Previous
              </Button>
              <span className="tabular dim">
                {formatNumber(offset + 1)} to {formatNumber(Math.min(log.total, offset + auditPage))} of{' '}
                {formatNumber(log.total)}
              </span>
              <Button
                variant="default"
                disabled={offset + auditPage >= log.total}
                onClick={() => setOffset(offset + auditPage)}
              >
                Next
              </Button>
            </div>
          )}
        </>
      )}
    </Section>
  )
}

/** Settings: how the window looks, what the engine is, the backends, the audit log, the keys. */
export default function SettingsPage() {
  return (
    <PageLayout title="Settings">
      <div className="page-scroll">
        <div className="settings">
          <Appearance />
          <Engine />
          <Caches />
          <Backends />
          <MlflowServing />
          <WatchedFolders />
          <ReadFolders />
          <GoogleVisionSetup />
          <Section title="Keys">
            <KeysTable />
          </Section>
          <AuditLog />
          <Section title="Licences">
            <p>
              Glyphlab is free software under the Apache License 2.0. It is made with the work of others,
              whose licences lie beside the app in the file THIRD-PARTY-NOTICES. The samples name their source
              and licence where they are offered.
            </p>
          </Section>
        </div>
      </div>
    </PageLayout>
  )
}
