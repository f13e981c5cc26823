import { GlyphlabError, googleVisionEngine, type ReadingOptions } from '../contract/index.ts'
import type { PageOptions } from '../ocr/ocr-pool.ts'
import { agreedVision } from './google-vision.ts'
import type { Services } from './services.ts'
import { usableModelFolder } from './usable-model.ts'

/** A model version that reads, and its digest when the reading was asked for. */
export interface ReadingModel {
  reference: string
  digest: string
}

/** The model version that an engine's name means; null for the built-in ones. @throws GlyphlabError NOT_FOUND, UNSUPPORTED, FORBIDDEN (not agreed) */
export function modelBehind(services: Services, engine: string): ReadingModel | null {
  if (engine === 'tesseract' || engine === 'ppocr') return null
  if (engine === googleVisionEngine) {
    agreedVision(services)
    return null
  }
  const { model, version, kind, format, digest } = services.models.resolve(engine)
  if (kind === 'line-recogniser' && format === 'tfjs') return { reference: `${model}/${version}`, digest }
  if (kind === 'line-recogniser')
    throw new GlyphlabError(
      'UNSUPPORTED',
      `${model}/${version} was imported as ONNX: it reads pictures of lines, but no pages. Choose tesseract, or a model that was trained here.`,
    )
  throw new GlyphlabError(
    'UNSUPPORTED',
    `${model}/${version} is no line recogniser: it can't read pages. Choose tesseract, or a model that was trained on lines with their text.`,
  )
}

/** What the pool is asked for. @throws GlyphlabError NOT_FOUND, DAMAGED, FORBIDDEN (not agreed) */
export async function pageOptions(
  services: Services,
  { engine, lines, psm, preprocessing, pageLimit }: ReadingOptions,
  model: ReadingModel | null,
): Promise<PageOptions> {
  const options = { manner: { psm, preprocessing }, limitMs: pageLimit * 1000 }
  if (engine === 'ppocr') return { ...options, engine: { kind: 'ppocr' } }
  if (engine === googleVisionEngine)
    return { ...options, engine: { kind: googleVisionEngine, ...agreedVision(services) } }
  if (model === null) return options
  const version = services.models.resolve(model.reference)
  const modelDirectory = await usableModelFolder(services, version)
  return {
    ...options,
    engine: {
      kind: 'recogniser',
      id: engine,
      modelDirectory,
      lines,
      inference: version.inference?.engine ?? null,
    },
  }
}
