import { runImportReport } from '../../../core/contract/index.ts'
import { call } from '../client/rpc.ts'
import { whenJobEnds } from '../stores/jobs-store.ts'
import { plural } from './format.ts'
import { jobPath } from './job-result.ts'
import { notify } from './notices.tsx'
import { type ImportOrigin, sourceOf } from './start-import.ts'

const namedParts = 3

/** What an import of runs has brought, in words: how many runs, how many of them new, and what could not be read. */
function importOutcome(result: unknown): { message: string; whole: boolean } {
  const { title, runs, added, broken, brokenCount } = runImportReport.parse(result)
  const known = runs - added
  const here = known === 0 ? '' : `, ${known === runs ? 'all' : known} of them here already`
  const read = `${title}: ${plural(runs, 'run')}${here}.`
  if (brokenCount === 0) return { message: read, whole: true }
  const named = broken
    .slice(0, namedParts)
    .map(({ run, part, reason }) => `${[run, part].filter((text) => text !== '').join(' · ')}: ${reason}`)
  const more = brokenCount - named.length
  const rest = more > 0 ? [`and ${more} more, named in the job's log`] : []
  return {
    message: `${read} ${plural(brokenCount, 'part')} could not be read. ${[...named, ...rest].join('; ')}.`,
    whole: false,
  }
}

/**
 * Starts the import of runs that another program logged; a notice says what came of it and leads there.
 * @throws GlyphlabError
 */
export async function startRunImport(
  origin: ImportOrigin,
  open: (path: string) => void,
  onSent: (done: number, total: number) => void,
): Promise<void> {
  const { jobId } = await call('runs.import', { source: await sourceOf(origin, onSent) })
  void whenJobEnds(jobId).then((job) => {
    if (job.status === 'succeeded') {
      const { message, whole } = importOutcome(job.result)
      const path = jobPath(job) ?? '/runs'
      notify({
        kind: whole ? 'success' : 'error',
        message,
        action: { label: path === '/runs' ? 'Show the runs' : 'Show the run', run: () => open(path) },
      })
    } else if (job.error)
      notify({ kind: 'error', message: `The runs were not imported. ${job.error.message}` })
  })
}
