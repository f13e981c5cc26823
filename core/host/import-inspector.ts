import type { Logger } from 'pino'
import type { ImportInspection } from '../contract/index.ts'
import type { ImportMessage, ImportTask, InspectInput } from '../datasets/import-messages.ts'
import { runWorker } from '../jobs/worker-process.ts'
import { workerFiles } from './resources.ts'

/** Looks at sources in the import process, one at a time, so that a large folder stalls nothing. */
export class ImportInspector {
  private readonly log: Logger
  private readonly closing = new AbortController()
  private last: Promise<unknown> = Promise.resolve()

  constructor(log: Logger) {
    this.log = log
  }

  /** @throws GlyphlabError as `inspectSource` does; CANCELLED when the engine closes */
  inspect(input: InspectInput): Promise<ImportInspection> {
    const answer = this.last.then(() =>
      runWorker<ImportTask, ImportInspection, ImportMessage>({
        workerFile: workerFiles.import,
        input: { task: 'inspect', input },
        signal: this.closing.signal,
        onMessage: () => {},
        onLog: (line) => this.log.debug(line),
      }),
    )
    this.last = answer.catch(() => {})
    return answer
  }

  async close(): Promise<void> {
    this.closing.abort()
    await this.last
  }
}
