import { Button, Table } from '@mantine/core'
import { CircleCheck, CircleSlash, RotateCw } from 'lucide-react'
import { useState } from 'react'
import type { BackendStatus } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { confirm } from '../../components/confirm.tsx'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { formatBytes } from '../../components/format.ts'
import { notifyError } from '../../components/notices.tsx'
import { Section } from '../../components/section.tsx'
import { SkeletonRows } from '../../components/skeleton-rows.tsx'
import { useQuery } from '../../components/use-query.ts'
import { useUnfinishedJobs } from '../../stores/jobs-store.ts'

/** Fetches a backend's packages after a yes; the tray shows how far it is, and cancels it. */
function InstallButton({ status: { id, title, install }, busy }: { status: BackendStatus; busy: boolean }) {
  if (install === null) return null
  const start = async () => {
    const { packages, downloadBytes, note } = install
    const yes = await confirm({
      title: `Install ${title}`,
      message: [
        `npm fetches ${packages.join(' and ')} with what they need from the package registry: ${formatBytes(downloadBytes)}.`,
        ...(note === null ? [] : [note]),
        'They go into the data folder of Glyphlab; versions and digests are those that came with the app.',
      ].join(' '),
      action: 'Fetch and install',
    })
    if (yes) await call('training.installBackend', { backend: id }).catch(notifyError)
  }
  return (
    <Button
      size="compact-xs"
      variant="default"
      loading={busy}
      aria-label={`${install.installed ? 'Install again' : 'Install'}: ${title}`}
      onClick={() => void start()}
    >
      {install.installed ? 'Install again' : 'Install'}
    </Button>
  )
}

/** What trainings compute on, and what to do for those that do not work here. */
export function Backends() {
  const backends = useQuery(
    'training.backends',
    {},
    { refreshOn: (event) => event.type === 'job.ended' && event.job.kind === 'backend-install' },
  )
  const installing = useUnfinishedJobs().some(({ kind }) => kind === 'backend-install')
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
      {!backends.data && !backends.error && <SkeletonRows rows={4} height={24} />}
      {backends.data && (
        <Table aria-label="Training backends">
          <Table.Tbody>
            {backends.data.map((status) => (
              <Table.Tr key={status.id}>
                <Table.Td className="settings-backend">{status.title}</Table.Td>
                <Table.Td className="settings-available" data-available={status.available}>
                  {status.available ? (
                    <CircleCheck size={14} aria-hidden />
                  ) : (
                    <CircleSlash size={14} aria-hidden />
                  )}
                  {status.available ? 'Ready' : 'Not available'}
                </Table.Td>
                <Table.Td>{status.detail.replace(/^not available: /, '')}</Table.Td>
                <Table.Td>
                  {!status.available && <InstallButton status={status} busy={installing} />}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Section>
  )
}
