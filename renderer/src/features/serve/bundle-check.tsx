import { Button, TextInput } from '@mantine/core'
import { ShieldCheck } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { type Job, type VerifiedBundle, verifiedBundle } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { ExportState } from '../../components/export-state.tsx'
import { FolderField } from '../../components/folder-field.tsx'
import { plural } from '../../components/format.ts'
import { HashText } from '../../components/hash-text.tsx'
import { Facts } from '../../components/inspector.tsx'
import { Section } from '../../components/section.tsx'
import { isUnfinished, useJob } from '../../stores/jobs-store.ts'

interface BundleCheck {
  job: Job | undefined
  busy: boolean
  failure: Error | null
  check: (directory: string, fingerprint?: string) => Promise<void>
}

function useBundleCheck(): BundleCheck {
  const [jobId, setJobId] = useState<string | null>(null)
  const [asking, setAsking] = useState(false)
  const [failure, setFailure] = useState<Error | null>(null)
  const job = useJob(jobId)
  const check = async (directory: string, fingerprint?: string) => {
    setAsking(true)
    setFailure(null)
    try {
      const begun = await call('deploy.verify', { directory, ...(fingerprint && { fingerprint }) })
      setJobId(begun.jobId)
    } catch (cause) {
      setFailure(cause instanceof Error ? cause : new Error(String(cause)))
    }
    setAsking(false)
  }
  return { job, busy: asking || (job !== undefined && isUnfinished(job)), failure, check }
}

function Findings({ bundle }: { bundle: VerifiedBundle }) {
  const { problems, files, golden, fingerprint, trusted } = bundle
  const verdict =
    problems.length > 0
      ? `${plural(problems.length, 'problem')}: do not run it. Export it again.`
      : trusted
        ? 'It is what was exported.'
        : "It is whole, but a key that is not yours signed it. Compare the fingerprint with its owner's."
  return (
    <div className="bundle-findings">
      <p className="bundle-verdict" role="status" data-passed={problems.length === 0 && trusted}>
        <strong>{verdict}</strong>
      </p>
      {problems.length > 0 && (
        <ul className="bundle-problems" aria-label="Problems of the bundle">
          {problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      )}
      <Facts
        items={[
          ['Bundle', `${bundle.name}/${bundle.version} for ${bundle.targets.join(', ')}`],
          ['Files', `${files} in the manifest`],
          ['Golden answers', golden === null ? 'not asked' : `${golden} given again`],
          [
            'Signed by',
            fingerprint === null ? (
              'nobody'
            ) : (
              <HashText key="key" value={fingerprint} label="fingerprint" keep={20} />
            ),
          ],
        ]}
      />
    </div>
  )
}

function CheckResult({ check }: { check: BundleCheck }) {
  const { job, failure } = check
  const bundle = job?.status === 'succeeded' ? verifiedBundle.safeParse(job.result).data : undefined
  if (failure) return <ErrorPanel title="The check could not be started" error={failure} />
  if (!job) return null
  if (job.status === 'failed' && job.error)
    return <ErrorPanel title="The bundle could not be checked" error={job.error} />
  return bundle ? <Findings bundle={bundle} /> : isUnfinished(job) ? <ExportState job={job} /> : null
}

/** Compares an export with its manifest, signature and golden answers, now. */
export function ExportCheck({ directory }: { directory: string }) {
  const check = useBundleCheck()
  return (
    <div className="bundle-check">
      <Button
        size="compact-xs"
        variant="default"
        leftSection={<ShieldCheck size={12} />}
        loading={check.busy}
        onClick={() => void check.check(directory)}
      >
        Verify
      </Button>
      <CheckResult check={check} />
    </div>
  )
}

/** Checks any bundle on this machine, also one that somebody else exported. */
export function BundleCheckForm() {
  const [directory, setDirectory] = useState('')
  const [fingerprint, setFingerprint] = useState('')
  const check = useBundleCheck()
  const start = (event: FormEvent) => {
    event.preventDefault()
    if (directory.trim() !== '' && !check.busy) void check.check(directory.trim(), fingerprint.trim())
  }
  return (
    <Section title="Verify a bundle">
      <p className="dim">
        Compares each file with the manifest, the signature with the key, and asks for the golden answers.
      </p>
      <form className="export-form" onSubmit={start} aria-label="Verify a bundle">
        <FolderField
          value={directory}
          onChange={setDirectory}
          placeholder="/home/me/digits-bundle"
          existing={{ label: 'Bundle', holds: 'The folder of an exported bundle' }}
        />
        <TextInput
          label="Fingerprint"
          description="Of the key that must have signed it. Left empty: your own."
          placeholder="SHA256:..."
          value={fingerprint}
          onChange={(event) => setFingerprint(event.currentTarget.value)}
        />
        <div>
          <Button
            type="submit"
            variant="default"
            leftSection={<ShieldCheck size={14} />}
            loading={check.busy}
            disabled={directory.trim() === ''}
          >
            Verify
          </Button>
        </div>
      </form>
      <CheckResult check={check} />
    </Section>
  )
}
