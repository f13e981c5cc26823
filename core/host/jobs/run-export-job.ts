import { z } from 'zod'
import { removeAbandoned } from '../../blobs/new-folder.ts'
import type { JobContext, JobHandler } from '../../jobs/job-queue.ts'
import { runWorker } from '../../jobs/worker-process.ts'
import type {
  ExportPiece,
  RunExportInput,
  RunExportMessage,
  RunExportResult,
} from '../../tracking/exporters/export-messages.ts'
import { runExporterById } from '../../tracking/exporters/index.ts'
import { workerFiles } from '../resources.ts'
import type { Services } from '../services.ts'

const runExportJobInput = z.object({ runIds: z.array(z.string()), format: z.string(), target: z.string() })
const pointsAtOnce = 10_000

/** Writes runs in a worker, which asks for piece after piece; recorded in the audit log. */
export function runExportJob(services: () => Services): JobHandler {
  return {
    kind: 'runs-export',
    atOnce: 1,
    async run({ input, signal, progress, log }) {
      const { audit, store } = services()
      const request = runExportJobInput.parse(input)
      const { format, target } = request
      const isFolder = runExporterById(format).target === 'folder'
      try {
        const result = await exportRuns(services(), request, { signal, progress, log })
        for (const warning of result.warnings) log(warning)
        store.transaction(() => audit.append('runs.exported', target, { format, runs: result.runs }))()
        return { ...result, format, target, ...(isFolder ? { directory: target } : {}) }
      } catch (cause) {
        if (isFolder) await removeAbandoned(target)
        throw cause
      }
    },
  }
}

/** @throws GlyphlabError as the worker does; CANCELLED when `signal` aborts */
export function exportRuns(
  services: Services,
  { runIds, format, target }: z.infer<typeof runExportJobInput>,
  { signal, progress, log }: Pick<JobContext, 'signal' | 'progress' | 'log'>,
): Promise<RunExportResult> {
  const pieces = piecesOf(services, runIds)
  return runWorker<RunExportInput, RunExportResult, RunExportMessage>({
    workerFile: workerFiles.runExport,
    input: { format, target, access: services.serverAccess.of(target), runs: runIds.length },
    signal,
    onLog: log,
    onMessage: (message, reply) => {
      if (message.type === 'progress') progress(message.progress)
      else if (message.type === 'more') {
        const { value, done } = pieces.next()
        reply({ type: 'piece', piece: done ? null : value })
      }
    },
  })
}

function* piecesOf(
  { blobs, runs, runArtifacts }: Services,
  runIds: readonly string[],
): Generator<ExportPiece> {
  for (const runId of runIds) {
    const run = runs.get(runId)
    const id = runs.idOf(runId)
    const experimentTags = runs.experiments.findByName(run.experiment)?.tags ?? {}
    yield { kind: 'run', run: { run, inputs: runs.inputs.datasetsOf([id]).get(id) ?? [], experimentTags } }
    for (const key of Object.keys(run.metrics)) {
      const { steps, values, timestamps } = runs.metrics.series(id, key)
      for (let from = 0; from < steps.length; from += pointsAtOnce) {
        const points = new Float64Array(3 * Math.min(pointsAtOnce, steps.length - from))
        for (let at = 0; at < points.length / 3; at++) {
          points[3 * at] = steps[from + at] ?? 0
          points[3 * at + 1] = values[from + at] ?? Number.NaN
          points[3 * at + 2] = timestamps[from + at] ?? 0
        }
        yield { kind: 'points', key, points }
      }
    }
    for (const { path, hash } of runArtifacts.below(id, '')) {
      const location = blobs.locate(hash)
      if (location) yield { kind: 'artifact', path, location }
    }
    yield { kind: 'end' }
  }
}
