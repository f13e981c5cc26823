import type { Logger } from 'pino'
import { GlyphlabError, type ImportInspection } from '../contract/index.ts'
import type { ImportMessage, ImportTask, InspectInput } from '../datasets/import-messages.ts'
import { runWorker } from '../jobs/worker-process.ts'
import { workerFiles } from './resources.ts'

const limitMs = 60_000

/**
 * Looks at sources in the import process, one at a time, so that a large folder stalls nothing. A newer look at the same
 * source takes the place of one that is still running.
 */
export class ImportInspector {
  private readonly log: Logger
  private readonly closing = new AbortController()
  private readonly running = new Map<string, AbortController>()
  private last: Promise<unknown> = Promise.resolve()

  constructor(log: Logger) {
    this.log = log
  }

  /** @throws GlyphlabError as `inspectSource` does; TIMED_OUT; CANCELLED when it was replaced or the engine closes */
  inspect(input: InspectInput): Promise<ImportInspection> {
    this.running.get(input.root)?.abort()
    const replaced = new AbortController()
    this.running.set(input.root, replaced)
    const answer = this.last.then(() => this.run(input, replaced.signal))
    this.last = answer
      .catch(() => {})
      .finally(() => {
        if (this.running.get(input.root) === replaced) this.running.delete(input.root)
      })
    return answer
  }

  private async run(input: InspectInput, replaced: AbortSignal): Promise<ImportInspection> {
    const limit = AbortSignal.timeout(limitMs)
    try {
      return await runWorker<ImportTask, ImportInspection, ImportMessage>({
        workerFile: workerFiles.import,
        input: { task: 'inspect', input },
        signal: AbortSignal.any([replaced, limit, this.closing.signal]),
        onMessage: () => {},
        onLog: (line) => this.log.debug(line),
      })
    } catch (cause) {
      if (!limit.aborted) throw cause
      throw new GlyphlabError(
        'TIMED_OUT',
        `${input.root} is too large to look at in a minute. Choose a folder inside it, or import it without a look.`,
        undefined,
        { cause },
      )
    }
  }

  async close(): Promise<void> {
    this.closing.abort()
    await this.last
  }
}
