import type { FileSource, ProcedureInput } from '../../../core/contract/index.ts'
import { call } from '../client/rpc.ts'
import { whenJobEnds } from '../stores/jobs-store.ts'
import { jobPath } from './job-result.ts'
import { notify } from './notices.tsx'
import { type FolderFile, pathSource, sampleSource, sourceFromFolder } from './sources.ts'

/** Where a dataset is to come from. */
export type ImportOrigin =
  | { kind: 'path'; path: string }
  | { kind: 'files'; name: string; files: FolderFile[] }
  | { kind: 'sample'; sampleId: string; title: string }

type ImportChoices = Omit<ProcedureInput<'datasets.import'>, 'source'>

/**
 * Where the engine finds the files of an origin; files that it can't reach are sent first.
 * @throws GlyphlabError when that fails
 */
export function sourceOf(
  origin: ImportOrigin,
  onSent: (done: number, total: number) => void,
): Promise<FileSource> {
  switch (origin.kind) {
    case 'path':
      return Promise.resolve(pathSource(origin.path))
    case 'sample':
      return Promise.resolve(sampleSource(origin.sampleId))
    case 'files':
      return sourceFromFolder(origin.files, onSent)
  }
}

/**
 * Starts the import. When it is done, whoever waits at the list of datasets is led to the dataset; elsewhere a notice
 * leads there.
 * @throws GlyphlabError
 */
export async function startImport(
  source: FileSource,
  choices: ImportChoices,
  open: (path: string) => void,
): Promise<void> {
  const { jobId } = await call('datasets.import', { source, ...choices })
  void whenJobEnds(jobId).then((job) => {
    const path = jobPath(job)
    if (job.status === 'succeeded' && path !== null && window.location.pathname === '/data') open(path)
    else if (job.status === 'succeeded' && path !== null)
      notify({
        kind: 'success',
        message: `“${choices.name}” has been imported.`,
        action: { label: 'Open', run: () => open(path) },
      })
    else if (job.status === 'failed' && job.error)
      notify({ kind: 'error', message: `“${choices.name}” was not imported. ${job.error.message}` })
  })
}
