import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { mapSource } from '../../contract/index.ts'
import type { EmbeddingRequest, MapResult } from '../../embedding/embedding-messages.ts'
import type { JobHandler } from '../../jobs/job-queue.ts'
import { runWorker } from '../../jobs/worker-process.ts'
import { findModel, modelFolder } from '../model-sources.ts'
import { workerFiles } from '../resources.ts'
import { writeAllSamples } from '../sample-rows.ts'
import type { Services } from '../services.ts'

const mapJobInput = z.object({
  versionId: z.string(),
  source: mapSource,
  seed: z.number(),
  neighbours: z.number(),
})

/** Lays out the samples of a version in a worker; the map appears whole at the end. */
export function datasetMapJob(services: () => Services): JobHandler {
  return {
    kind: 'dataset-embedding',
    atOnce: 1,
    async run({ job, input, signal, progress, log }) {
      const { home, datasets, maps, events } = services()
      const { versionId, source: wanted, seed, neighbours } = mapJobInput.parse(input)
      const startedAt = performance.now()
      const model = wanted.kind === 'pixels' ? null : findModel(services(), wanted)
      const work = path.join(home, 'work', job.id)
      await mkdir(work, { recursive: true })
      try {
        const samplesFile = path.join(work, 'samples.json')
        await writeAllSamples(services(), versionId, samplesFile)
        const { coordinates, laidOut } = await runWorker<EmbeddingRequest, MapResult>({
          workerFile: workerFiles.embedding,
          input: {
            task: 'map',
            samplesFile,
            cacheDirectory: path.join(home, 'cache', 'tensors'),
            modelDirectory: model ? await modelFolder(services(), model) : null,
            seed,
            neighbours,
          },
          signal,
          onLog: log,
          onMessage: (message) => {
            if (message.type === 'progress') progress(message.progress)
          },
        })
        const seconds = (performance.now() - startedAt) / 1000
        const mapId = maps.add(
          {
            versionId,
            source: model?.source ?? { kind: 'pixels' },
            title: model?.title ?? 'Pixels',
            seed,
            neighbours,
            laidOut,
            seconds,
          },
          coordinates,
        )
        const { datasetId, sampleCount } = datasets.brief(versionId)
        events.emit({ type: 'dataset.changed', datasetId })
        return { datasetVersionId: versionId, mapId, pictures: sampleCount, laidOut, seconds }
      } finally {
        await rm(work, { recursive: true, force: true })
      }
    },
  }
}
