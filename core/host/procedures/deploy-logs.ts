import path from 'node:path'
import { GlyphlabError } from '../../contract/index.ts'
import { summaryOf } from '../log-summary.ts'
import type { HandlersOf, Services } from '../services.ts'

type LogHandlers = Pick<
  HandlersOf<'deploy'>,
  | 'deploy.importLog'
  | 'deploy.logs'
  | 'deploy.log'
  | 'deploy.logQueue'
  | 'deploy.logDataset'
  | 'deploy.deleteLog'
>

/** Prediction logs of services, brought home. */
export function deployLogProcedures(services: Services): LogHandlers {
  const { queue, servedLogs, sources, datasets, events, blobs, log } = services
  return {
    'deploy.importLog': ({ source, name }) => {
      const root = source.kind === 'path' ? source.path : sources.locate(source).file
      if (!path.isAbsolute(root))
        throw new GlyphlabError(
          'INVALID_INPUT',
          `"${root}" is not a full path. Write it from the root of the disk.`,
        )
      return { jobId: queue.add('log-import', `Import the log of ${name}`, { source, name }).id }
    },
    'deploy.logs': () => servedLogs.list(),
    'deploy.log': ({ name, version }) => summaryOf(services, name, version),
    'deploy.logQueue': ({ name, below, offset, limit }) =>
      servedLogs.queue(servedLogs.rowId(name), below, offset, limit),
    'deploy.logDataset': (input) => {
      servedLogs.rowId(input.name)
      const taken = datasets.list().some(({ name }) => name === input.dataset)
      if (taken && !input.merge)
        throw new GlyphlabError(
          'CONFLICT',
          `There is a dataset "${input.dataset}" already. Choose another name, or add to it.`,
        )
      return { jobId: queue.add('log-dataset', `Dataset of unsure inputs of ${input.name}`, input).id }
    },
    'deploy.deleteLog': ({ name }) => {
      servedLogs.delete(name)
      events.emit({ type: 'servedLog.changed', name })
      void blobs
        .collectGarbage()
        .catch((cause: unknown) => log.warn({ err: cause }, 'pictures of a deleted log could not be removed'))
      return {}
    },
  }
}
