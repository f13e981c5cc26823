import { type BackendStatus, GlyphlabError, trainingOptions } from '../../contract/index.ts'
import { presets } from '../../training/presets.ts'
import { probeBackends } from '../../training/probe.ts'
import { beginTraining } from '../begin-training.ts'
import { previewAugmentation } from '../preview-augmentation.ts'
import { workerFiles } from '../resources.ts'
import type { HandlersOf, Services } from '../services.ts'
import { requireBlockingRules } from '../version-quality.ts'

export function trainingProcedures(services: Services): HandlersOf<'training'> {
  const { runs, datasets, splits, queue } = services
  let backends: Promise<BackendStatus[]> | undefined
  return {
    'training.presets': () => presets(),
    'training.backends': ({ refresh }) => {
      const answer = !refresh && backends ? backends : probeBackends({ workerFile: workerFiles.probe })
      backends = answer
      return answer
    },
    'training.previewAugmentation': (wanted) => previewAugmentation(datasets, wanted),
    'training.start': ({ datasetVersionId, split, preset, options, backend, experiment, runName }) => {
      const chosen = presets().find(({ id }) => id === preset)
      if (!chosen)
        throw new GlyphlabError(
          'NOT_FOUND',
          `There is no preset "${preset}". There are: ${presets()
            .map(({ id }) => id)
            .join(', ')}.`,
        )
      const version = datasets.version(datasetVersionId)
      const { labels } = split === undefined ? version : splits.get(datasetVersionId, split)
      const classes = labels.filter(({ label }) => label !== '')
      if (classes.length < 2)
        throw new GlyphlabError(
          'INVALID_INPUT',
          `"${version.datasetName}" has ${classes.length === 1 ? 'a single class' : 'no classes'}; a classifier needs two or more.`,
        )
      if (classes.every(({ counts }) => counts.train === 0))
        throw new GlyphlabError(
          'INVALID_INPUT',
          `"${version.datasetName}" has no picture in train${split === undefined ? '' : ` by the split "${split}"`}.`,
        )
      requireBlockingRules(services, datasetVersionId)
      const datasetLabel = `${version.datasetName} v${version.number}`
      const name = runName ?? `${preset} on ${datasetLabel}`
      return beginTraining(
        services,
        { datasetVersionId, datasetLabel, split, preset, options: trainingOptions.parse(options), backend },
        { experiment, name },
      )
    },
    'training.stop': ({ runId }) => {
      const run = runs.get(runId)
      if (run.jobId === null || run.status !== 'RUNNING')
        throw new GlyphlabError('CONFLICT', `The run "${run.name}" is not training.`)
      queue.stop(run.jobId)
      return run
    },
  }
}
