import type { DatasetVersion } from '../contract/index.ts'
import { hasText } from '../domain/alphabet.ts'
import type { TrainingSamples } from '../domain/training-request.ts'
import { lineRecogniser } from '../training/architectures/line-recogniser.ts'
import { mlpRegressor } from '../training/architectures/mlp.ts'
import type { Services } from './services.ts'

type LearntSample = TrainingSamples['samples'][number] & { hash: string }

/** The classes of a version, without that of the samples that have none. */
export const learntLabels = ({ labels }: Pick<DatasetVersion, 'labels'>): string[] =>
  labels.map(({ label }) => label).filter((label) => label !== '')

/** The samples that have what the preset learns, a class, a text or a number, in canonical order. */
export function* learntSamples(
  datasets: Services['datasets'],
  datasetVersionId: string,
  split: string | undefined,
  preset: string,
): Generator<LearntSample> {
  const version = datasets.version(datasetVersionId)
  const labels = learntLabels(version)
  const classOf = version.labels.map(({ label }) => labels.indexOf(label))
  for (const { text, value, ...sample } of datasets.locations(datasetVersionId, split)) {
    const label = classOf[sample.label] ?? -1
    switch (preset) {
      case lineRecogniser.id:
        if (text !== null && hasText(text)) yield { ...sample, label, text }
        break
      case mlpRegressor.id:
        if (value !== null) yield { ...sample, label, value }
        break
      default:
        if (label >= 0) yield { ...sample, label }
    }
  }
}
