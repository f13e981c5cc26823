import type { Logger } from 'pino'
import { GlyphlabError, type ProcedureName } from '../contract/index.ts'
import { type EngineCall, EngineRefusal, sendSpool } from '../tracking/client/send-spool.ts'
import { Spool } from '../tracking/client/spool.ts'

const lookEveryMs = 10_000
/** What may be otherwise at the next look. */
const passing = new Set(['UNAVAILABLE', 'TIMED_OUT', 'CANCELLED', 'DISK_FULL', 'INTERNAL'])

/** Takes up what scripts logged while there was no engine and could not send before they ended. */
export class RunSpools {
  private readonly home: string
  private readonly call: EngineCall
  private readonly log: Logger
  private timer: NodeJS.Timeout | undefined
  private work: Promise<void> = Promise.resolve()
  private closing = false

  constructor(
    home: string,
    dispatch: (name: ProcedureName, input: unknown) => Promise<unknown>,
    log: Logger,
  ) {
    this.home = home
    this.log = log
    this.call = async (procedure, input) => {
      if (this.closing) throw new Error('the engine ends')
      try {
        return await dispatch(procedure as ProcedureName, input)
      } catch (cause) {
        if (cause instanceof GlyphlabError && !passing.has(cause.code)) throw new EngineRefusal(cause.message)
        throw cause
      }
    }
  }

  /** Looks now and then, from now on. */
  open(): void {
    const look = () => {
      this.work = this.work.then(() => this.takeAll())
    }
    look()
    this.timer = setInterval(look, lookEveryMs).unref()
  }

  private async takeAll(): Promise<void> {
    let spools: Spool[] = []
    try {
      spools = Spool.leftBehind(this.home)
    } catch (cause) {
      this.log.warn({ err: cause }, 'what scripts have left could not be looked at')
    }
    for (const spool of spools) {
      const { runId, folder } = spool
      try {
        await sendSpool(spool, this.call, (entry, reason) => {
          // Its process is gone: nothing is left to watch.
          if (entry.op === 'monitor') return
          this.log.warn({ runId, kept: spool.refuse(entry, reason) }, `not taken from a script: ${reason}`)
        })
        if (!spool.hasEnd) await this.endKilled(runId)
        spool.remove()
        this.log.info({ runId }, 'took up a run that a script had left')
      } catch (cause) {
        spool.close()
        this.log.warn(
          { err: cause, folder },
          'what a script has left could not be taken up; it is tried again',
        )
      }
    }
  }

  /** Its process ended without a word. */
  private async endKilled(runId: string): Promise<void> {
    await this.call('runs.end', { runId, status: 'KILLED' }).catch((cause: unknown) => {
      // The run was deleted, or was never begun.
      if (!(cause instanceof EngineRefusal)) throw cause
    })
  }

  async close(): Promise<void> {
    this.closing = true
    clearInterval(this.timer)
    await this.work
  }
}
