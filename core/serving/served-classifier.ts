import { modelPixels } from '../imaging/image.ts'
import type { Classifier } from './classifier.ts'
import { inputValues } from './inference-input.ts'
import type { ServedClassifier } from './served-model.ts'

/** A loaded classifier as a server answers with it. */
export function servedClassifier(
  classifier: Classifier,
  identity: Pick<ServedClassifier, 'name' | 'version' | 'digest' | 'example'>,
): ServedClassifier {
  const { labels, preprocessing, signature } = classifier.manifest
  const { height, width, channels } = preprocessing
  return {
    kind: 'image-classifier',
    ...identity,
    labels,
    input: {
      name: signature.input.name,
      shape: signature.input.layout === 'nchw' ? [channels, height, width] : [height, width, channels],
    },
    pixelShape: [height, width, channels],
    pixels: (bytes, name) => modelPixels(bytes, name, preprocessing),
    valuesOf: (pixels) => inputValues(classifier.manifest, pixels, preprocessing).values,
    infer: classifier.infer,
  }
}
