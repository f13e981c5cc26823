import { artifactRoutes } from './artifacts.ts'
import type { Handler, Routes } from './context.ts'
import { experimentRoutes } from './experiments.ts'
import { loggedModelRoutes } from './logged-models.ts'
import { metricRoutes } from './metrics.ts'
import { registryRoutes } from './registry.ts'
import { runRoutes } from './runs.ts'

const routes: Routes = {
  ...experimentRoutes,
  ...runRoutes,
  ...metricRoutes,
  ...artifactRoutes,
  ...loggedModelRoutes,
  ...registryRoutes,
}

const patterns = Object.entries(routes).flatMap(([route, handler]) =>
  route.includes('*') ? [{ pattern: new RegExp(`^${route.replaceAll('*', '([^/]+)')}$`), handler }] : [],
)

/** The handler of a method and a path below `/api/2.0/mlflow/`, and what the path names. */
export function routeOf(method: string, path: string): { handler: Handler; place: string[] } | undefined {
  const name = `${method} ${path}`
  const handler = Object.hasOwn(routes, name) ? routes[name] : undefined
  if (handler) return { handler, place: [] }
  for (const { pattern, handler: found } of patterns) {
    const match = pattern.exec(name)
    if (match) return { handler: found, place: match.slice(1).map(decodeURIComponent) }
  }
  return undefined
}
