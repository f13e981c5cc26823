import { GlyphlabError } from '../../contract/index.ts'
import { dockerState } from '../docker/docker.ts'
import { ocrReference } from '../jobs/deploy-job.ts'
import type { HandlersOf, Services } from '../services.ts'

type LocalHandlers = Pick<
  HandlersOf<'deploy'>,
  | 'deploy.serveLocal'
  | 'deploy.docker'
  | 'deploy.stopLocal'
  | 'deploy.removeLocal'
  | 'deploy.local'
  | 'deploy.localDetails'
>

/** Servers that this app runs on this machine. */
export function deployLocalProcedures(services: Services): LocalHandlers {
  const { models } = services
  return {
    'deploy.serveLocal': async (request) => {
      if (request.reference !== ocrReference) models.resolve(request.reference)
      if (request.place === 'container') {
        const { available, message } = await dockerState()
        if (!available) throw new GlyphlabError('UNAVAILABLE', message)
      }
      return services.localDeployments.start(request)
    },
    'deploy.docker': () => dockerState(),
    'deploy.stopLocal': async ({ id }) => {
      await services.localDeployments.stop(id)
      return {}
    },
    'deploy.removeLocal': async ({ id }) => {
      await services.localDeployments.remove(id)
      return {}
    },
    'deploy.local': async () => {
      await services.localDeployments.found
      return services.localDeployments.list()
    },
    'deploy.localDetails': ({ id }) => services.localDeployments.details(id),
  }
}
