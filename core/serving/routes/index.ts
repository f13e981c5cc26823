import { z } from 'zod'
import type { Metrics } from '../metrics.ts'
import { openApiDocument } from '../openapi.ts'
import type { Predictor } from '../predictor.ts'
import type { Readiness } from '../readiness.ts'
import type { Traffic } from '../traffic.ts'
import { adminRoutes } from './admin.ts'
import type { Asking } from './asking.ts'
import { exampleRoutes } from './example.ts'
import { googleVisionRoutes } from './google-vision.ts'
import { healthRoutes } from './health.ts'
import { openInferenceRoutes } from './open-inference.ts'
import { predictRoutes } from './predict.ts'
import type { Route } from './route.ts'

interface RouteParts {
  traffic: Traffic
  readiness: Readiness
  predictor: Predictor
  asking: Asking
  metrics: Metrics
  keysWanted: boolean
}

/** Everything that a server answers, with `/openapi.json`, which describes it. */
export function serviceRoutes(parts: RouteParts): Route[] {
  const { traffic, readiness, predictor, asking, metrics, keysWanted } = parts
  const { kind } = traffic.primary
  const routes: Route[] = [
    ...healthRoutes(readiness, traffic, metrics, keysWanted),
    ...predictRoutes(traffic.primary, predictor, asking),
    ...exampleRoutes(traffic),
    ...(kind === 'ocr' || kind === 'image-classifier' ? googleVisionRoutes(kind, predictor, asking) : []),
    ...openInferenceRoutes(traffic, readiness, predictor, asking),
    ...adminRoutes(traffic, asking),
  ]
  routes.push({
    method: 'get',
    path: '/openapi.json',
    scope: 'predict',
    summary: 'This description.',
    gives: z.record(z.string(), z.unknown()),
    handle: (context) => context.json(openApiDocument(routes, traffic.primary, keysWanted)),
  })
  return routes
}
