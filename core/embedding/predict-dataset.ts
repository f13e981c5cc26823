import { GlyphlabError } from '../contract/index.ts'
import { loadClassifier } from '../serving/classifier.ts'
import type { PredictRequest, PredictResult } from './embedding-messages.ts'
import { decodeAll, readSamples } from './make-map.ts'
import type { Stages } from './stages.ts'

const picturesAtOnce = 64

/**
 * Asks a model about every sample, in batches: the likeliest class and its probability.
 * @throws GlyphlabError DAMAGED for the model; UNREADABLE_FILE, naming a picture that no longer decodes
 */
export async function predictDataset(request: PredictRequest, stages: Stages): Promise<PredictResult> {
  const samples = await readSamples(request.samplesFile)
  const classifier = await loadClassifier(request.modelDirectory, { engine: request.engine })
  const { preprocessing, labels } = classifier.manifest
  const pixels = await decodeAll(samples, preprocessing, request.cacheDirectory, stages, 0.6)
  const size = preprocessing.width * preprocessing.height * preprocessing.channels
  const count = samples.samples.length
  const classes = new Uint16Array(count)
  const confidences = new Float32Array(count)
  const told = stages.begin(0.6, 1, 'Asking the model', { count, name: 'pictures' })
  for (let start = 0; start < count; start += picturesAtOnce) {
    const end = Math.min(count, start + picturesAtOnce)
    const probabilities = await classifier.probabilities(pixels.subarray(start * size, end * size))
    for (let ordinal = start; ordinal < end; ordinal++) {
      const base = (ordinal - start) * labels.length
      const own = probabilities.subarray(base, base + labels.length)
      if (!own.every(Number.isFinite))
        throw new GlyphlabError(
          'DAMAGED',
          `The model's answer for ${samples.samples[ordinal]?.path} holds values that are not numbers. Train it again.`,
        )
      const confidence = Math.max(...own)
      classes[ordinal] = own.indexOf(confidence)
      confidences[ordinal] = confidence
    }
    await told(end / count)
  }
  return { classes, confidences }
}
