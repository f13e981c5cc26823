import { encodeJson, GlyphlabError, type Job } from '../../contract/index.ts'
import type { EngineClient } from '../engine-client.ts'

const pollMs = 100

/** What a command prints: JSON lines on stdout with `--json`, text for people without. */
export interface Output {
  json: boolean
  line(value: unknown, text: () => string): void
  progress(text: string): void
}

export function createOutput(json: boolean): Output {
  const live = !json && process.stderr.isTTY
  let shown = ''
  return {
    json,
    line(value, text) {
      if (live && shown) process.stderr.write('\r\x1b[K')
      shown = ''
      process.stdout.write(`${json ? encodeJson(value) : text()}\n`)
    },
    progress(text) {
      if (!live || text === shown) return
      shown = text
      process.stderr.write(`\r\x1b[K${text}`)
    },
  }
}

function progressText({ progress }: Job): string {
  const rate = progress.rate === null ? '' : ` · ${progress.rate.toFixed(1)} ${progress.rateUnit ?? ''}`
  const left = progress.remainingMs === null ? '' : ` · ${Math.ceil(progress.remainingMs / 1000)} s left`
  return `${progress.message} · ${Math.round(progress.value * 100)} %${rate}${left}`
}

/**
 * Follows a job to its end; Ctrl-C cancels it. `onTick` is called between the looks.
 * @throws GlyphlabError the job's own error.
 */
export async function followJob(
  client: EngineClient,
  jobId: string,
  output: Output,
  onTick: () => Promise<void> = async () => {},
): Promise<Job> {
  const cancel = () => void client.call('jobs.cancel', { jobId })
  process.once('SIGINT', cancel)
  try {
    for (;;) {
      const job = await client.call('jobs.get', { jobId })
      await onTick()
      output.progress(progressText(job))
      if (job.status === 'succeeded') return job
      if (job.status === 'paused')
        throw new GlyphlabError(
          'CANCELLED',
          `"${job.title}" was paused (${job.progress.message}). Job ${job.id}.`,
        )
      if (job.status !== 'queued' && job.status !== 'running') {
        throw job.error
          ? GlyphlabError.fromBody(job.error)
          : new GlyphlabError('INTERNAL', `"${job.title}" is ${job.status}.`)
      }
      await new Promise((resolve) => setTimeout(resolve, pollMs))
    }
  } finally {
    process.off('SIGINT', cancel)
  }
}

/** A plain table for the terminal, its columns as wide as their longest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
