import fs from 'node:fs'
import { mkdir, open, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { backendId, GlyphlabError, type MetricPoint, trainingOptions } from '../../contract/index.ts'
import type { ModelManifest } from '../../domain/model-manifest.ts'
import { recordsFolder, type TrainingRequest, type TrainingResult } from '../../domain/training-request.ts'
import type { WorkerMessage } from '../../domain/worker-message.ts'
import type { JobContext, JobHandler } from '../../jobs/job-queue.ts'
import { runWorker } from '../../jobs/worker-process.ts'
import { diffPath, gitHead, gitState, gitTags } from '../../tracking/git-state.ts'
import { backendsDirectory } from '../backend-statuses.ts'
import { ConsoleRecord } from '../console-record.ts'
import { environmentRecord } from '../environment-record.ts'
import { learntLabels, learntSamples } from '../learnt-samples.ts'
import { engineVersion, workerFiles } from '../resources.ts'
import { liveConsole } from '../run-console.ts'
import type { Services } from '../services.ts'

/** Within an epoch; their ends have checkpoints anyway. */
const checkpointEveryMs = 2 * 60_000

/** What is recorded of the epochs can be looked at so long after the beginning. */
const firstRecordsMs = 5_000

export const trainingJobInput = z.object({
  runId: z.string(),
  datasetVersionId: z.string(),
  preset: z.string(),
  options: trainingOptions,
  backend: z.union([backendId, z.literal('auto')]),
  split: z.string().optional(),
  /** Where it was started: its commit is recorded. */
  folder: z.string().optional(),
})

/**
 * `samples.json` for the worker: the samples that have what the preset learns. Written row by row: a million samples never
 * lie in memory as one text.
 */
async function writeSamples(
  { datasets }: Services,
  datasetVersionId: string,
  split: string | undefined,
  preset: string,
  file: string,
): Promise<void> {
  const version = datasets.version(datasetVersionId)
  const handle = await open(file, 'w')
  try {
    const target = version.table?.target ? `"target":${JSON.stringify(version.table.target.name)},` : ''
    const labels = JSON.stringify(learntLabels(version))
    await handle.write(
      `{"datasetDigest":${JSON.stringify(version.digest)},"labels":${labels},${target}"samples":[`,
    )
    let rows: string[] = []
    let first = true
    const flush = async () => {
      if (rows.length === 0) return
      await handle.write((first ? '' : ',') + rows.join(','))
      first = false
      rows = []
    }
    for (const sample of [...learntSamples(datasets, datasetVersionId, split, preset)]) {
      rows.push(JSON.stringify(sample))
      if (rows.length === 5_000) await flush()
    }
    await flush()
    await handle.write(']}')
  } finally {
    await handle.close()
  }
}

/** The code that the training was started from, where it is under git, and the commit of the data's own folder. */
async function recordGit(
  folder: string | undefined,
  source: string,
  work: string,
  store: (name: string, file: string) => Promise<void>,
): Promise<Record<string, string>> {
  const own = folder === undefined ? null : await gitState(folder)
  // Nobody works there, and it may come from elsewhere: what is changed in it is not looked at.
  const data = path.isAbsolute(source) ? await gitHead(fs.existsSync(source) ? folderOf(source) : '') : null
  if (own && own.diff !== '') {
    const file = path.join(work, 'uncommitted.diff')
    await writeFile(file, own.diff)
    await store(diffPath, file)
  }
  return {
    ...(own ? gitTags(own) : {}),
    ...(data ? { 'dataset.git.commit': data.commit } : {}),
    ...(data?.branch ? { 'dataset.git.branch': data.branch } : {}),
  }
}

const folderOf = (place: string): string => (fs.statSync(place).isDirectory() ? place : path.dirname(place))

/** `environment.json`: what the run was trained on. */
async function storeEnvironment(
  work: string,
  store: (name: string, file: string) => Promise<void>,
): Promise<void> {
  const file = path.join(work, 'environment.json')
  await writeFile(file, JSON.stringify(await environmentRecord(), null, 2))
  await store('environment.json', file)
}

/** Each file in a folder under its path in there; none where there is no such folder. */
async function storeFilesBelow(
  folder: string,
  store: (name: string, file: string) => Promise<void>,
): Promise<void> {
  if (!fs.existsSync(folder)) return
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = path.join(entry.parentPath, entry.name)
    await store(path.relative(folder, file).split(path.sep).join('/'), file)
  }
}

async function storeModel(
  { blobs, runs, datasets }: Services,
  runId: string,
  datasetVersionId: string,
  result: TrainingResult,
): Promise<void> {
  const files: ModelManifest['files'] = []
  for (const name of fs.readdirSync(result.modelDirectory).sort()) {
    if (name !== 'model.json' && !name.endsWith('.bin')) continue
    const stored = await blobs.addFile(path.join(result.modelDirectory, name))
    files.push({ path: name, hash: stored.hash, bytes: stored.bytes })
    runs.addArtifact(runId, `model/${name}`, stored.id)
  }
  runs.setModel(runId, {
    format: 'glyphlab-model/1',
    kind: result.kind,
    labels: result.labels,
    signature: result.signature,
    preprocessing: result.preprocessing,
    files,
    runId,
    datasetDigest: datasets.version(datasetVersionId).digest,
  })
}

/** Trains in a child process and records params, metrics, environment and the model on the run. */
export function trainingJob(
  services: () => Services,
  { kind, atOnce }: Pick<JobHandler, 'kind' | 'atOnce'>,
): JobHandler {
  const train = async (
    { job, input, signal, stopSignal, progress, log }: JobContext,
    work: string,
  ): Promise<Record<string, unknown>> => {
    const { home, runs, blobs, datasets, events, runMonitors } = services()
    const request = trainingJobInput.parse(input)
    const { runId } = request
    const changed = () => events.emit({ type: 'run.changed', runId })
    const checkpoints = path.join(work, 'training', 'checkpoints')
    if (fs.existsSync(checkpoints)) runs.resume(runId)
    else runs.start(runId)
    await mkdir(work, { recursive: true })
    const samplesFile = path.join(work, 'samples.json')
    const version = datasets.version(request.datasetVersionId)
    runs.setTags(runId, {
      'dataset.version': `${version.datasetName} v${version.number}`,
      'dataset.digest': version.digest,
    })
    runs.setParams(runId, {
      split: request.split ?? version.split.name,
      'environment.glyphlab': engineVersion,
    })
    runs.inputs.addDatasets(runs.idOf(runId), [
      {
        name: version.datasetName,
        digest: version.digest,
        sourceType: 'glyphlab',
        source: JSON.stringify({ version: version.id, number: version.number }),
        schema: null,
        profile: null,
        tags: { 'mlflow.data.context': 'training' },
      },
    ])
    changed()
    await writeSamples(services(), request.datasetVersionId, request.split, request.preset, samplesFile)
    const artifacts: Promise<void>[] = []
    const storeArtifact = (name: string, file: string): Promise<void> => {
      const stored = blobs.addFile(file).then(({ id }) => runs.addArtifact(runId, name, id))
      // Awaited at the end of the training: a failure before that must not end the engine.
      stored.catch(() => {})
      return stored
    }
    const output = new ConsoleRecord(liveConsole(home, job.id), () =>
      events.emit({ type: 'run.printed', runId }),
    )
    const print = (line: string) => {
      log(line)
      output.line(line)
    }
    // What is only told beside the training never fails it.
    const environment = storeEnvironment(work, storeArtifact).catch((cause: unknown) => log(String(cause)))
    const code = recordGit(request.folder, version.source.location, work, storeArtifact)
      .then((tags) => {
        runs.setTags(runId, tags)
        changed()
      })
      .catch((cause: unknown) => log(String(cause)))
    const onMessage = (message: Exclude<WorkerMessage<TrainingResult>, { type: 'result' | 'failure' }>) => {
      switch (message.type) {
        case 'progress':
          progress(message.progress)
          return
        case 'metrics':
          runs.logMetrics(runId, message.points)
          events.emit({ type: 'run.metricsLogged', runId, points: message.points })
          return
        case 'params':
          runs.setParams(runId, message.params)
          changed()
          return
        case 'tags':
          runs.setTags(runId, message.tags)
          changed()
          return
        case 'resumed':
          runs.forgetAfter(runId, message.step)
          return
        case 'artifact':
          artifacts.push(storeArtifact(message.path, message.file))
          return
        case 'log':
          print(message.line)
      }
    }
    const training: TrainingRequest = {
      runId,
      preset: request.preset,
      options: request.options,
      backend: request.backend,
      backendsDirectory: backendsDirectory(home),
      samplesFile,
      workDirectory: path.join(work, 'training'),
      checkpointEveryMs,
      cacheDirectory: path.join(home, 'cache', 'tensors'),
    }
    await mkdir(training.workDirectory, { recursive: true })
    await mkdir(training.cacheDirectory, { recursive: true })
    // Each time twice as long after the one before, so that what is stored on the way stays less than what is kept.
    const records = path.join(training.workDirectory, recordsFolder)
    let recordsTimer: NodeJS.Timeout | undefined
    const storeRecords = () => storeFilesBelow(records, storeArtifact)
    const storeRecordsAfter = (ms: number) => {
      recordsTimer = setTimeout(() => {
        storeRecords()
          .then(changed)
          .catch((cause: unknown) => log(String(cause)))
        storeRecordsAfter(2 * ms)
      }, ms).unref()
    }
    storeRecordsAfter(firstRecordsMs)
    let stopMonitor = () => {}
    const result = await runWorker<TrainingRequest, TrainingResult>({
      workerFile: workerFiles.training,
      input: training,
      signal,
      stopSignal,
      onLog: print,
      onMessage,
      onStart: (pid) => {
        output.line(`The training of ${request.preset} begins in process ${pid}.`)
        stopMonitor = runMonitors.start(runId, pid)
      },
    })
      .then(
        (trained) => {
          output.line(`Trained: ${trained.steps} steps in ${trained.seconds.toFixed(1)} s.`)
          return trained
        },
        (cause: unknown) => {
          output.line(cause instanceof Error ? cause.message : String(cause))
          throw cause
        },
      )
      .finally(async () => {
        stopMonitor()
        clearTimeout(recordsTimer)
        await storeRecords().catch((cause: unknown) => log(String(cause)))
        if (await output.end()) await storeArtifact('logs/console.txt', output.file).catch(() => {})
        await Promise.allSettled([environment, code, ...artifacts])
      })
    await Promise.all(artifacts)
    await storeModel(services(), runId, request.datasetVersionId, result)
    // What was logged step by step is a curve already: a second value at its last step would only bend it.
    const logged = runs.get(runId).metrics
    const points: MetricPoint[] = Object.entries(result.metrics)
      .filter(([key]) => !(key in logged))
      .map(([key, value]) => ({ key, value, step: result.steps, timestamp: Date.now() }))
    runs.logMetrics(runId, points)
    runs.setTags(runId, {
      backend: result.backend,
      'training.seconds': result.seconds.toFixed(3),
      'training.bestEpoch': String(result.bestEpoch),
      'training.stoppedEarly': String(result.stoppedEarly),
      ...Object.fromEntries(
        Object.entries(result.backendTimings).map(([backend, ms]) => [
          `backend.msPerStep.${backend}`,
          ms.toFixed(3),
        ]),
      ),
    })
    runs.end(runId, 'FINISHED')
    changed()
    return {
      runId,
      metrics: result.metrics,
      backend: result.backend,
      seconds: result.seconds,
      stoppedEarly: result.stoppedEarly,
    }
  }

  return {
    kind,
    atOnce,
    async run(context) {
      const work = path.join(services().home, 'work', context.job.id)
      const discard = () => rm(work, { recursive: true, force: true })
      try {
        const result = await train(context, work)
        await discard()
        return result
      } catch (cause) {
        if (neverGoesOn(cause, services())) await discard()
        throw cause
      }
    },
    onUnfinished({ runId, status }) {
      if (runId === null) return
      services().runs.end(runId, status === 'failed' ? 'FAILED' : 'KILLED')
      services().events.emit({ type: 'run.changed', runId })
    },
  }
}

/** After a cancel, or where going on from a checkpoint would come to the same end. */
function neverGoesOn(cause: unknown, { queue }: Services): boolean {
  if (!(cause instanceof GlyphlabError)) return false
  return cause.code === 'INVALID_INPUT' || (cause.code === 'CANCELLED' && !queue.isClosing)
}

/** Removes work folders of jobs that will never go on. */
export async function cleanWork(home: string): Promise<void> {
  const root = path.join(home, 'work')
  await mkdir(root, { recursive: true })
  for (const name of fs.readdirSync(root)) {
    const folder = path.join(root, name)
    if (Date.now() - (await stat(folder)).mtimeMs > 7 * 24 * 3_600_000)
      await rm(folder, { recursive: true, force: true })
  }
}
