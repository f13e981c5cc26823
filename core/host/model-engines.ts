import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { GlyphlabError, type InferenceChoice, type ModelVersion } from '../contract/index.ts'
import type { ModelManifest } from '../domain/model-manifest.ts'
import { modelTrials } from './input-example.ts'
import type { Services } from './services.ts'

interface TimedModel extends Pick<ModelVersion, 'runId' | 'datasetVersionId'> {
  manifest: ModelManifest
  /** What a person calls it, in errors. */
  name: string
}

/**
 * Times the engines on a model, with pictures of its dataset. Where that fails for one that was trained here, tfjs answers.
 * @throws GlyphlabError for a model that was trained elsewhere: why it does not run here
 */
export async function measureEngines(services: Services, model: TimedModel): Promise<InferenceChoice> {
  const { modelFolders, classifier, log } = services
  const folder = await mkdtemp(path.join(tmpdir(), 'glyphlab-measure-'))
  try {
    const pictures = await Promise.all(
      (await modelTrials(services, model.manifest, model)).map(async ({ name, bytes }, index) => {
        const file = path.join(folder, String(index))
        await writeFile(file, bytes)
        return { file, name }
      }),
    )
    const modelDirectory = await modelFolders.verified(model.manifest)
    return await classifier.choose({ modelDirectory, pictures, name: model.name })
  } catch (cause) {
    if (model.runId === null) throw cause
    log.warn({ err: cause }, 'the engines could not be timed')
    const reason = cause instanceof GlyphlabError ? cause.message : 'The engines could not be timed.'
    return {
      engine: 'tfjs',
      milliseconds: { tfjs: null, onnxruntime: null },
      difference: null,
      reason,
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
