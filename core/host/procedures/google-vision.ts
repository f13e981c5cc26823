import { filePages } from '../../imaging/file-pages.ts'
import { agreedVision, removeVision, setVision, visionStatus } from '../google-vision.ts'
import type { HandlersOf, Services } from '../services.ts'

/** Google Cloud Vision as an engine: its setting-up, and what it costs. */
export function googleVisionProcedures(services: Services): HandlersOf<'googleVision'> {
  const { sources } = services
  return {
    'googleVision.status': () => visionStatus(services),
    'googleVision.set': (change) => setVision(services, change),
    'googleVision.remove': () => removeVision(services),
    'googleVision.cost': async ({ files, pages }) => {
      const { address } = agreedVision(services)
      const { pricePerThousand } = visionStatus(services)
      let all = pages
      for (const source of files) all += await filePages(sources.locate(source).file)
      return { pages: all, cost: (all * pricePerThousand) / 1000, pricePerThousand, address }
    },
  }
}
