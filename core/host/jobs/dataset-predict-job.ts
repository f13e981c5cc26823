import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { confidentFrom, modelSource } from '../../contract/index.ts'
import type { EmbeddingRequest, PredictResult } from '../../embedding/embedding-messages.ts'
import type { JobHandler } from '../../jobs/job-queue.ts'
import { runWorker } from '../../jobs/worker-process.ts'
import { seenBit } from '../../store/sample-memberships.ts'
import { manifestDigestOf } from '../model-folders.ts'
import { findModel, modelFolder } from '../model-sources.ts'
import { workerFiles } from '../resources.ts'
import { writeAllSamples } from '../sample-rows.ts'
import type { Services } from '../services.ts'
import { trainedOn } from '../trained-on.ts'

const predictJobInput = z.object({ versionId: z.string(), source: modelSource })
const rowsAtOnce = 5_000

interface Judged {
  outcomes: Uint8Array
  right: number
  wrong: number
  confidentWrong: number
  seen: number | null
}

async function judge(
  { datasets }: Services,
  versionId: string,
  labels: readonly string[],
  { classes, confidences }: PredictResult,
  trained: Set<string> | null,
): Promise<Judged> {
  const outcomes = new Uint8Array(classes.length)
  const judged: Judged = { outcomes, right: 0, wrong: 0, confidentWrong: 0, seen: trained ? 0 : null }
  for (let start = 0; start < outcomes.length; start += rowsAtOnce) {
    for (const { ordinal, label, hash } of datasets.stored(versionId, start, rowsAtOnce)) {
      const right = labels[classes[ordinal] ?? 0] === label
      const confident = (confidences[ordinal] ?? 0) >= confidentFrom
      const kind = label === '' ? 0 : right ? 1 : confident ? 3 : 2
      if (kind === 1) judged.right += 1
      if (kind >= 2) judged.wrong += 1
      if (kind === 3) judged.confidentWrong += 1
      const seen = trained?.has(hash) === true
      if (seen) judged.seen = (judged.seen ?? 0) + 1
      outcomes[ordinal] = kind + (seen ? seenBit : 0)
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  return judged
}

/** Asks a model about every sample of a version in a worker, and keeps the answers. */
export function datasetPredictJob(services: () => Services): JobHandler {
  return {
    kind: 'dataset-predict',
    atOnce: 1,
    async run({ job, input, signal, progress, log }) {
      const { home, datasets, predictions, events } = services()
      const { versionId, source: wanted } = predictJobInput.parse(input)
      const model = findModel(services(), wanted)
      const work = path.join(home, 'work', job.id)
      await mkdir(work, { recursive: true })
      try {
        const samplesFile = path.join(work, 'samples.json')
        await writeAllSamples(services(), versionId, samplesFile)
        const answers = await runWorker<EmbeddingRequest, PredictResult>({
          workerFile: workerFiles.embedding,
          input: {
            task: 'predict',
            samplesFile,
            cacheDirectory: path.join(home, 'cache', 'tensors'),
            modelDirectory: await modelFolder(services(), model),
            engine: model.engine,
          },
          signal,
          onLog: log,
          onMessage: (message) => {
            if (message.type === 'progress') progress(message.progress)
          },
        })
        const { labels } = model.manifest
        const trained = trainedOn(services(), model.runId)
        const { outcomes, ...counts } = await judge(services(), versionId, labels, answers, trained)
        const facts = {
          versionId,
          source: model.source,
          title: model.title,
          digest: manifestDigestOf(model.manifest),
          labels,
          ...counts,
        }
        const predictionId = predictions.add(facts, { ...answers, outcomes })
        events.emit({ type: 'dataset.changed', datasetId: datasets.brief(versionId).datasetId })
        return { datasetVersionId: versionId, predictionId, ...counts }
      } finally {
        await rm(work, { recursive: true, force: true })
      }
    },
  }
}
