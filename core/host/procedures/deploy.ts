import path from 'node:path'
import { GlyphlabError } from '../../contract/index.ts'
import { deployTargets } from '../../deploy/index.ts'
import { ocrReference } from '../jobs/deploy-job.ts'
import type { HandlersOf, Services } from '../services.ts'

export function deployProcedures({ models, queue }: Services): HandlersOf<'deploy'> {
  return {
    'deploy.targets': () => deployTargets.map(({ id, title, description }) => ({ id, title, description })),
    'deploy.export': ({ reference, target, directory }) => {
      if (reference !== ocrReference) models.resolve(reference)
      if (!path.isAbsolute(directory))
        throw new GlyphlabError(
          'INVALID_INPUT',
          `"${directory}" is not a full path. Write it from the root of the disk.`,
        )
      const chosen = deployTargets.find(({ id }) => id === target)
      if (!chosen) throw new GlyphlabError('NOT_FOUND', `There is no deploy target "${target}".`)
      return {
        jobId: queue.add('deploy-export', `Export ${reference} as ${chosen.title}`, {
          reference,
          target,
          directory,
        }).id,
      }
    },
  }
}
