import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { GlyphlabError } from '../../contract/index.ts'
import { runWorker } from '../../jobs/worker-process.ts'
import { runExporterById, runExporters } from '../../tracking/exporters/index.ts'
import type {
  RunImportMessage,
  RunImportResult,
  RunImportTask,
} from '../../tracking/importers/import-messages.ts'
import { runImportInput } from '../jobs/run-import-job.ts'
import { workerFiles } from '../resources.ts'
import type { HandlersOf, Services } from '../services.ts'

const namesShown = 100
const inspectLimitMs = 60_000

type ImportHandlers = Pick<
  HandlersOf<'runs'>,
  'runs.import' | 'runs.expectImport' | 'runs.inspectImport' | 'runs.export' | 'runs.exportFormats'
>

/** Runs that other programs logged, and runs for other programs. */
export function runImportProcedures(services: Services): ImportHandlers {
  const { log, queue, runs, sources, spareRunImport } = services
  return {
    'runs.expectImport': () => {
      spareRunImport.prepare()
      return {}
    },
    'runs.import': (input) => ({
      jobId: queue.add('runs-import', `Open the runs of ${sources.locate(input.source).name}`, input).id,
    }),
    'runs.exportFormats': () =>
      runExporters.map(({ id, title, description, target }) => ({ id, title, description, target })),
    'runs.export': ({ runIds, format, target }) => {
      const exporter = runExporterById(format)
      const ids = runIds.map((runId) => runs.resolve(runId))
      if (exporter.target === 'folder' && !path.isAbsolute(target))
        throw new GlyphlabError(
          'INVALID_INPUT',
          `"${target}" is not a full path. Write it from the root of the disk.`,
        )
      if (exporter.target === 'server' && !/^https?:\/\//i.test(target))
        throw new GlyphlabError(
          'INVALID_INPUT',
          `"${target}" is no address of a server. Write one like http://127.0.0.1:5000.`,
        )
      const title = `Export ${ids.length === 1 ? 'a run' : `${ids.length} runs`} as ${exporter.title}`
      return { jobId: queue.add('runs-export', title, { runIds: ids, format, target }).id }
    },
    'runs.inspectImport': async (request) => {
      const found = await runWorker<RunImportTask, RunImportResult, RunImportMessage>({
        workerFile: workerFiles.runImport,
        child: spareRunImport.take(),
        input: { task: 'inspect', input: runImportInput(services, request, randomUUID()) },
        signal: AbortSignal.timeout(inspectLimitMs),
        onMessage: () => {},
        onLog: (line) => log.debug(line),
      }).finally(() => spareRunImport.replace())
      return {
        kind: found.kind,
        title: found.title,
        runs: found.runs.length,
        known: found.runs.filter(({ id }) => runs.head(id) !== undefined).length,
        experiments: [...new Set(found.runs.map(({ experiment }) => experiment))].slice(0, namesShown),
        names: found.runs.slice(0, namesShown).map(({ name }) => name),
        broken: found.broken,
        notes: found.notes,
      }
    },
  }
}
