import path from 'node:path'
import { GlyphlabError, type ModelVersion } from '../../contract/index.ts'
import { deployTargets } from '../../deploy/index.ts'
import { ocrReference } from '../jobs/deploy-job.ts'
import type { HandlersOf, Services } from '../services.ts'

export function deployProcedures({
  models,
  queue,
}: Services): Pick<HandlersOf<'deploy'>, 'deploy.targets' | 'deploy.export'> {
  return {
    'deploy.targets': () => deployTargets.map(({ id, title, description }) => ({ id, title, description })),
    'deploy.export': ({ reference, target, directory, further }) => {
      if (reference !== ocrReference) {
        const first = models.resolve(reference)
        for (const one of further) refuseStranger(first, models.resolve(one))
      } else if (further.length > 0) {
        throw new GlyphlabError('INVALID_INPUT', 'The OCR engine has no further versions.')
      }
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
          further,
        }).id,
      }
    },
  }
}

function refuseStranger(first: ModelVersion, other: ModelVersion): void {
  if (other.model === first.model && other.version !== first.version) return
  throw new GlyphlabError(
    'INVALID_INPUT',
    `${other.model}/${other.version} is not another version of ${first.model}/${first.version}. A bundle holds versions of one model, each once.`,
  )
}
