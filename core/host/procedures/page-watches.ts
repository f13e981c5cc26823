import { GlyphlabError, googleVisionEngine, readingOptions } from '../../contract/index.ts'
import { modelBehind } from '../reading-engine.ts'
import type { HandlersOf, Services } from '../services.ts'

export type PageWatchProcedure = 'pages.watch' | 'pages.watches' | 'pages.unwatch'

/** Folders whose new pictures are read by themselves. */
export function pageWatchProcedures(services: Services): Pick<HandlersOf<'pages'>, PageWatchProcedure> {
  const { pageWatches } = services
  return {
    'pages.watch': ({ path, recursive, existing, ...options }) => {
      if (options.engine === googleVisionEngine)
        throw new GlyphlabError(
          'UNSUPPORTED',
          `${path}: a watched folder is not read with Google Cloud Vision, since nobody sees what it costs before. Choose another engine.`,
        )
      modelBehind(services, options.engine)
      return pageWatches.add({ path, recursive, existing, options: readingOptions.parse(options) })
    },
    'pages.watches': () => pageWatches.list(),
    'pages.unwatch': ({ watchId }) => {
      pageWatches.remove(watchId)
      return {}
    },
  }
}
