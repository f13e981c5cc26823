import { Button } from '@mantine/core'
import { useState } from 'react'
import type { CacheUsage } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { formatBytes } from '../../components/format.ts'
import { Facts } from '../../components/inspector.tsx'
import { notifyError } from '../../components/notices.tsx'
import { Section } from '../../components/section.tsx'
import { useQuery } from '../../components/use-query.ts'

const titles: Record<CacheUsage['cache'], string> = {
  tensors: 'Decoded pictures',
  thumbnails: 'Thumbnails',
}

/** What is kept only to be quick, and a way to have its room back. */
export function Caches() {
  const caches = useQuery('engine.caches', {}, { refreshOn: ({ type }) => type === 'job.ended' })
  const [busy, setBusy] = useState(false)
  const clear = () => {
    setBusy(true)
    call('engine.clearCaches', {})
      .then(caches.reload)
      .catch(notifyError)
      .finally(() => setBusy(false))
  }
  return (
    <Section
      title="Caches"
      actions={
        <Button
          size="compact-xs"
          variant="default"
          loading={busy}
          disabled={caches.data?.every(({ files }) => files === 0) ?? true}
          onClick={clear}
        >
          Empty the caches
        </Button>
      }
    >
      <p>
        They are made again when they are needed. What was used least recently goes first when one is full.
      </p>
      {caches.error && <ErrorPanel error={caches.error} retry={caches.reload} />}
      {caches.data && (
        <Facts
          items={caches.data.map(({ cache, bytes, mostBytes }) => [
            titles[cache],
            `${formatBytes(bytes)} of at most ${formatBytes(mostBytes)}`,
          ])}
        />
      )}
    </Section>
  )
}
