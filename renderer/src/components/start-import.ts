import type { FileSource } from '../../../core/contract/index.ts'
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

export interface ImportChoices {
  name: string
  /** Of the split. */
  seed: number
  /** Shares of 0..1 that sum to 1. */
  fractions: { train: number; validation: number; test: number }
}

function sourceOf(origin: ImportOrigin, onSent: (done: number, total: number) => void): Promise<FileSource> {
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
 * Sends what has to be sent and starts the import. When it is done, whoever waits at the list of datasets is led to the
 * dataset; elsewhere a notice leads there.
 * @throws GlyphlabError
 */
export async function startImport(
  origin: ImportOrigin,
  choices: ImportChoices,
  { onSent, open }: { onSent: (done: number, total: number) => void; open: (path: string) => void },
): Promise<void> {
  const source = await sourceOf(origin, onSent)
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
