import { modelPixels } from '../imaging/image.ts'
import type { Classifier } from './classifier.ts'
import type { ServedClassifier } from './served-model.ts'

/** A loaded classifier as a server answers with it. */
export function servedClassifier(
  classifier: Classifier,
  identity: Pick<ServedClassifier, 'name' | 'version' | 'digest'>,
): ServedClassifier {
  const { labels, preprocessing, signature } = classifier.manifest
  return {
    kind: 'image-classifier',
    ...identity,
    labels,
    input: { ...preprocessing, name: signature.input.name },
    pixels: (bytes, name) => modelPixels(bytes, name, preprocessing),
    infer: async (values) => classifier.infer(values),
  }
}
