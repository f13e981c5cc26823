import { type BackendStatus, GlyphlabError } from '../../contract/index.ts'
import { presets } from '../../training/presets.ts'
import { probeBackends } from '../../training/probe.ts'
import { beginTraining } from '../begin-training.ts'
import { previewAugmentation } from '../preview-augmentation.ts'
import { workerFiles } from '../resources.ts'
import type { HandlersOf, Services } from '../services.ts'
import { requireTrainable, usualPreset } from '../trainable.ts'

export function trainingProcedures(services: Services): HandlersOf<'training'> {
  const { runs, datasets, queue } = services
  let backends: Promise<BackendStatus[]> | undefined
  return {
    'training.presets': () => presets(),
    'training.backends': ({ refresh }) => {
      const answer = !refresh && backends ? backends : probeBackends({ workerFile: workerFiles.probe })
      backends = answer
      return answer
    },
    'training.previewAugmentation': (wanted) => previewAugmentation(datasets, wanted),
    'training.start': ({
      datasetVersionId,
      split,
      options,
      backend,
      experiment,
      runName,
      folder,
      ...asked
    }) => {
      const preset = asked.preset ?? usualPreset(datasets.version(datasetVersionId))
      const { datasetLabel, optionsOf } = requireTrainable(services, { datasetVersionId, split, preset })
      const name = runName ?? `${preset} on ${datasetLabel}`
      return beginTraining(
        services,
        { datasetVersionId, datasetLabel, split, preset, options: optionsOf(options), backend, folder },
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
