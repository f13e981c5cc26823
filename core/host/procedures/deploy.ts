import path from 'node:path'
import { GlyphlabError, type ModelVersion } from '../../contract/index.ts'
import { chooseTargets, deployTargets, resolveOptions } from '../../deploy/index.ts'
import { ocrReference } from '../jobs/deploy-job.ts'
import type { HandlersOf, Services } from '../services.ts'

function refusePartialPath(directory: string): void {
  if (path.isAbsolute(directory)) return
  throw new GlyphlabError(
    'INVALID_INPUT',
    `"${directory}" is not a full path. Write it from the root of the disk.`,
  )
}

export function deployProcedures({
  models,
  queue,
}: Services): Pick<HandlersOf<'deploy'>, 'deploy.targets' | 'deploy.export' | 'deploy.verify'> {
  return {
    'deploy.targets': () =>
      deployTargets.map(({ id, title, description, options, needs }) => ({
        id,
        title,
        description,
        options,
        needs,
      })),
    'deploy.export': ({ reference, targets, options, directory, further }) => {
      if (reference !== ocrReference) {
        const first = models.resolve(reference)
        for (const one of further) refuseStranger(first, models.resolve(one))
      } else if (further.length > 0) {
        throw new GlyphlabError('INVALID_INPUT', 'The OCR engine has no further versions.')
      }
      refusePartialPath(directory)
      const chosen = chooseTargets(targets)
      resolveOptions(chosen, options)
      const title = `Export ${reference} for ${chosen.map((target) => target.title).join(', ')}`
      const input = { reference, targets, options, directory, further }
      return { jobId: queue.add('deploy-export', title, input).id }
    },
    'deploy.verify': ({ directory, fingerprint }) => {
      refusePartialPath(directory)
      const input = { directory, fingerprint }
      return { jobId: queue.add('deploy-verify', `Check the bundle in ${directory}`, input).id }
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
