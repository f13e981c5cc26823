import { Run, type StartOptions } from './run.ts'

export type { Params, StartOptions } from './run.ts'
export type { Run }

/**
 * Logs runs into Glyphlab from any script, on Node 20 or later; it needs nothing else. What is logged is on the disk
 * when a call returns; it is sent meanwhile, and again where the engine was away. What is left when the script has ended
 * the engine takes up by itself. Nothing is lost, and nothing comes twice.
 */

const open = new Set<Run>()
let followsProcess = false

/** Runs that a script leaves open end with it. */
function followProcess(): void {
  if (followsProcess) return
  followsProcess = true
  const statusOf = (code: number) => (code === 0 ? 'FINISHED' : 'FAILED')
  process.on('beforeExit', (code) => {
    for (const run of open) void run.end(statusOf(code))
  })
  process.on('exit', (code) => {
    for (const run of open) run.endWithProcess(statusOf(code))
  })
}

/** Begins a run. @throws Error when the data folder can't be written to */
export function startRun(options: StartOptions = {}): Run {
  followProcess()
  return new Run(options, open)
}

/** Gives `work` a run, which is FINISHED when that returns and FAILED when it throws. */
export async function withRun<Result>(
  options: StartOptions,
  work: (run: Run) => Promise<Result> | Result,
): Promise<Result> {
  const run = startRun(options)
  try {
    const result = await work(run)
    await run.finish()
    return result
  } catch (cause) {
    await run.fail(cause)
    throw cause
  }
}
