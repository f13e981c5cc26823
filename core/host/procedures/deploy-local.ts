import { ocrReference } from '../jobs/deploy-job.ts'
import type { HandlersOf, Services } from '../services.ts'

type LocalHandlers = Pick<
  HandlersOf<'deploy'>,
  'deploy.serveLocal' | 'deploy.stopLocal' | 'deploy.removeLocal' | 'deploy.local' | 'deploy.localDetails'
>

/** Servers that this app runs on this machine. */
export function deployLocalProcedures(services: Services): LocalHandlers {
  const { models } = services
  return {
    'deploy.serveLocal': (request) => {
      if (request.reference !== ocrReference) models.resolve(request.reference)
      return services.localDeployments.start(request)
    },
    'deploy.stopLocal': async ({ id }) => {
      await services.localDeployments.stop(id)
      return {}
    },
    'deploy.removeLocal': async ({ id }) => {
      await services.localDeployments.remove(id)
      return {}
    },
    'deploy.local': () => services.localDeployments.list(),
    'deploy.localDetails': ({ id }) => services.localDeployments.details(id),
  }
}
