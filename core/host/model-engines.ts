import { GlyphlabError, type InferenceChoice } from '../contract/index.ts'
import { formatOf, type ModelManifest } from '../domain/model-manifest.ts'
import type { Services } from './services.ts'

/**
 * Times the engines on a model that is about to be registered. A tfjs model whose measurement fails is registered all the
 * same, and tfjs answers for it.
 * @throws GlyphlabError for an ONNX model: why it does not run here
 */
export async function measureEngines(
  { modelFolders, classifier, log }: Services,
  manifest: ModelManifest,
  name = 'the model',
): Promise<InferenceChoice> {
  try {
    return await classifier.choose({ modelDirectory: await modelFolders.folder(manifest), name })
  } catch (cause) {
    if (formatOf(manifest) === 'onnx') throw cause
    log.warn({ err: cause }, 'the engines could not be timed')
    const reason = cause instanceof GlyphlabError ? cause.message : 'The engines could not be timed.'
    return {
      engine: 'tfjs',
      milliseconds: { tfjs: null, onnxruntime: null },
      difference: null,
      reason,
    }
  }
}
