import type { DatasetVersion } from '../../../../../core/contract/index.ts'
import { jobPath } from '../../../components/job-result.ts'
import { notify } from '../../../components/notices.tsx'
import { whenJobEnds } from '../../../stores/jobs-store.ts'

/** Says, once the job has made it, that a dataset has a new version, and offers to `open` it; or why there is none. */
export async function notifyVersion(
  jobId: string,
  name: DatasetVersion['datasetName'],
  open: (path: string) => void,
): Promise<void> {
  const job = await whenJobEnds(jobId)
  const path = jobPath(job)
  if (job.status === 'succeeded' && path !== null)
    notify({
      kind: 'success',
      message: `“${name}” has a new version.`,
      action: { label: 'Open', run: () => open(path) },
    })
  else if (job.error) notify({ kind: 'error', message: job.error.message })
}
