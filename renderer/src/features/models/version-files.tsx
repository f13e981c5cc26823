import { Button } from '@mantine/core'
import { ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import type { ModelVersion } from '../../../../core/contract/index.ts'
import { blobUrl, call } from '../../client/rpc.ts'
import { formatBytes, plural } from '../../components/format.ts'
import { Facts } from '../../components/inspector.tsx'
import { notify, notifyError } from '../../components/notices.tsx'
import { Section } from '../../components/section.tsx'
import { versionReference } from './model-names.ts'

/** Has every file of a version read and compared with its digest. */
export async function verifyFiles(version: ModelVersion): Promise<void> {
  try {
    const { status, files } = await call('models.verify', {
      reference: versionReference(version),
    })
    if (status === 'ready')
      notify({ kind: 'success', message: `${plural(files.length, 'file')}: all as they were registered.` })
    else
      notify({ kind: 'error', message: `${versionReference(version)} is damaged: the page says which file.` })
  } catch (cause) {
    notifyError(cause)
  }
}

/** The files of a version, to download, and a button that checks them. */
export function VersionFiles({ version, onChanged }: { version: ModelVersion; onChanged: () => void }) {
  const [busy, setBusy] = useState(false)
  const verify = async () => {
    setBusy(true)
    await verifyFiles(version)
    setBusy(false)
    onChanged()
  }
  return (
    <Section title="Files">
      <Facts
        items={version.files.map((file) => [
          file.path,
          <a key={file.path} href={blobUrl(file.hash)} download={file.path}>
            {formatBytes(file.bytes)}
          </a>,
        ])}
      />
      <Button
        size="compact-xs"
        variant="default"
        leftSection={<ShieldCheck size={12} />}
        loading={busy}
        onClick={() => void verify()}
      >
        Check files
      </Button>
    </Section>
  )
}
