import { z } from 'zod'
import { fileSource, type ImportedLog } from '../../contract/index.ts'
import type {
  LogImportInput,
  LogImportMessage,
  LogImportResult,
} from '../../deploy/log-import/log-import-messages.ts'
import type { JobHandler } from '../../jobs/job-queue.ts'
import { runWorker } from '../../jobs/worker-process.ts'
import { workerFiles } from '../resources.ts'
import type { Services } from '../services.ts'

const logImportInput = z.object({ source: fileSource, name: z.string() })

/** Brings the prediction log of a service home. It may be done again: what is here already is passed over. */
export function logImportJob(services: () => Services): JobHandler {
  return {
    kind: 'log-import',
    atOnce: 1,
    async run({ job, input, signal, progress, log }) {
      const { home, blobs, servedLogs, servedMetrics, events, sources } = services()
      const { source, name } = logImportInput.parse(input)
      const { file: root } = sources.locate(source)
      const writer = `${job.id}-${job.attempt}`
      let logId: number | null = null
      const opened = () => {
        logId ??= servedLogs.open(name)
        return logId
      }
      let [read, added, inputs, readings] = [0, 0, 0, 0]
      try {
        const result = await runWorker<LogImportInput, LogImportResult, LogImportMessage>({
          workerFile: workerFiles.logImport,
          // What was sent by a browser has lost the time of its files.
          input: { home, writer, root, dated: source.kind === 'path' },
          signal,
          onLog: log,
          onMessage: (message, reply) => {
            let wanted: string[] = []
            if (message.type === 'progress') {
              progress(message.progress)
              return
            }
            if (message.type === 'records') {
              read += message.records.length
              added += servedLogs.add(opened(), message.records)
            } else if (message.type === 'readings') readings += servedMetrics.add(opened(), message.readings)
            else if (message.type === 'profile') servedLogs.setProfile(opened(), message.profile)
            else if (message.type === 'lookup') wanted = servedLogs.keepKnown(opened(), message.hashes)
            else if (message.type === 'inputs') {
              servedLogs.addInputs(opened(), message.blobs)
              inputs += message.blobs.length
            }
            reply({ type: 'taken', wanted })
          },
        })
        for (const { file, line, reason } of result.broken) log(`${file}:${line}: ${reason}`)
        await sources.release(source)
        return { name, added, known: read - added, inputs, readings, ...result } satisfies ImportedLog
      } finally {
        await blobs.removeUnregistered(writer)
        if (logId !== null) events.emit({ type: 'servedLog.changed', name })
      }
    },
  }
}
