import { createMetrics } from './metrics.ts'
import { openApiDocument } from './openapi.ts'
import type { Predictor } from './predictor.ts'
import { Readiness } from './readiness.ts'
import { BodyBudget } from './request-picture.ts'
import { createAsking } from './routes/asking.ts'
import { serviceRoutes } from './routes/index.ts'
import type { ServedModel } from './served-model.ts'
import { defaultLimits, defaultUrls } from './settings.ts'
import { Traffic } from './traffic.ts'

/** What a server of this kind of model answers to `/openapi.json` while no keys are wanted, without a model to load. */
export async function serviceDescription(
  identity: Pick<ServedModel, 'kind' | 'name' | 'version' | 'example'>,
): Promise<object> {
  const unasked = () => Promise.reject(new Error('a description is asked nothing'))
  const predictor: Predictor = {
    classify: unasked,
    read: unasked,
    readLine: unasked,
    predictRows: unasked,
    infer: unasked,
  }
  const model = undescribed(identity)
  const traffic = await Traffic.open([model])
  const routes = serviceRoutes({
    traffic,
    readiness: new Readiness(unasked),
    predictor,
    asking: createAsking(traffic, defaultLimits, defaultUrls, new BodyBudget(0)),
    metrics: createMetrics(),
    keysWanted: false,
  })
  return openApiDocument(routes, model, false)
}

/** A model of the kind, of which only the name is known. */
function undescribed({
  kind,
  name,
  version,
  example = null,
}: Pick<ServedModel, 'kind' | 'name' | 'version' | 'example'>): ServedModel {
  const unasked = () => Promise.reject(new Error('a description is asked nothing'))
  const identity = { name, version, digest: '', example }
  if (kind === 'ocr') return { kind, ...identity, read: unasked }
  if (kind === 'line-recogniser') return { kind, ...identity, read: unasked }
  if (kind !== 'image-classifier') return { kind, ...identity, labels: [], columns: [], predict: unasked }
  return {
    kind,
    ...identity,
    labels: [],
    input: { name: '', shape: [] },
    pixelShape: [],
    pixels: unasked,
    valuesOf: () => new Float32Array(),
    infer: unasked,
  }
}
