import path from 'node:path'
import type { PortableRun } from '../portable-run.ts'
import { environmentTag } from '../run-words.ts'
import { filesIn } from './files-below.ts'
import type { RunSink } from './importer.ts'

/** Hands on what a run that was exported from here says of itself, and its files. */
export async function readPortable(run: PortableRun, artifacts: string, sink: RunSink): Promise<void> {
  const { name, status, lifecycle, startTime, endTime, user, environment } = run
  await sink.head({ name, status, lifecycle, startTime, endTime, user })
  await sink.params(run.params)
  await sink.tags({
    ...run.tags,
    ...(environment === null ? {} : { [environmentTag]: JSON.stringify(environment) }),
  })
  await sink.inputs(run.inputs)
  for (const file of filesIn(artifacts)) await sink.artifactFile(file, path.join(artifacts, file))
}
