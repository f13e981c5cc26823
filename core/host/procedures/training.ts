import { GlyphlabError } from '../../contract/index.ts'
import { backendById } from '../../training/backends/index.ts'
import { presets } from '../../training/presets.ts'
import { beginTraining } from '../begin-training.ts'
import { previewAugmentation } from '../preview-augmentation.ts'
import type { HandlersOf, Services } from '../services.ts'
import { requireTrainable, usualPreset } from '../trainable.ts'

export function trainingProcedures(services: Services): HandlersOf<'training'> {
  const { runs, datasets, queue, backendStatuses } = services
  return {
    'training.presets': () => presets(),
    'training.backends': ({ refresh }) => backendStatuses.list(refresh),
    'training.installBackend': ({ backend }) => {
      const { title, install } = backendById(backend)
      if (install === null)
        throw new GlyphlabError('INVALID_INPUT', `${title} is built in: there is nothing to install.`)
      return { jobId: queue.add('backend-install', `Install ${title}`, { backend }).id }
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
