import path from 'node:path'
import { z } from 'zod'
import { backendId, GlyphlabError } from '../../contract/index.ts'
import type { JobHandler } from '../../jobs/job-queue.ts'
import { backendById } from '../../training/backends/index.ts'
import { installPackages } from '../../training/backends/install-packages.ts'
import { backendsDirectory } from '../backend-statuses.ts'
import { backendPackagesDirectory } from '../resources.ts'
import type { Services } from '../services.ts'

const jobInput = z.object({ backend: backendId })

/** Installs an optional backend into the data folder and probes it. It may be done again. */
export function backendInstallJob(services: () => Services): JobHandler {
  return {
    kind: 'backend-install',
    atOnce: 1,
    async run({ input, signal, progress, log }) {
      const { home, backendStatuses, store, audit } = services()
      const { backend: id } = jobInput.parse(input)
      const { install, title } = backendById(id)
      if (install === null)
        throw new GlyphlabError('INVALID_INPUT', `${title} is built in: there is nothing to install.`)
      const tell = (value: number, message: string) =>
        progress({ value, message, rate: null, rateUnit: null, remainingMs: null })
      await installPackages({
        id,
        install,
        recipe: path.join(backendPackagesDirectory, id),
        target: path.join(backendsDirectory(home), id),
        signal,
        onProgress: (fetched, total) =>
          tell((0.9 * fetched) / total, `Fetched ${fetched} of ${total} packages`),
        onLine: log,
      })
      tell(0.95, 'Trying the backend')
      const { available, detail } = await backendStatuses.check(id)
      log(available ? `${title} works: ${detail}` : `${title} is installed, but ${detail}`)
      store.transaction(() => audit.append('backend.installed', id, { packages: install.packages }))()
      return { backend: id, available, detail }
    },
  }
}
