import type { Command } from 'commander'
import { GlyphlabError } from '../../contract/index.ts'
import type { EngineClient } from '../engine-client.ts'
import { followJob, table } from './output.ts'
import { verb } from './verb.ts'

/** A reading by its id, or by how that begins. */
async function findReading(client: EngineClient, start: string): Promise<string> {
  const found = (await client.call('jobs.list', { limit: 500 })).filter(
    ({ id, kind }) => kind === 'ocr' && id.startsWith(start),
  )
  const [only] = found
  if (only && found.length === 1) return only.id
  throw new GlyphlabError(
    'NOT_FOUND',
    `${found.length === 0 ? 'No reading' : 'More than one reading'} begins with "${start}". "glyphlab ocr jobs" lists them.`,
  )
}

/** Readings as jobs: what there is, hold, go on. */
export function addOcrJobVerbs(ocr: Command): void {
  verb(ocr.command('jobs').description('the readings, newest first'), async (client, output) => {
    const jobs = (await client.call('jobs.list', { limit: 500 })).filter(({ kind }) => kind === 'ocr')
    if (output.json) for (const job of jobs) output.line(job, () => '')
    else
      output.line(null, () =>
        table([
          ['ID', 'STATUS', 'DONE', 'TITLE'],
          ...jobs.map(({ id, status, progress, title }) => [
            id.slice(0, 8),
            status,
            `${Math.round(progress.value * 100)} %`,
            title,
          ]),
        ]),
      )
  })
  verb(
    ocr.command('pause').description('hold a reading after the pages in work').argument('<job>'),
    async (client, output, start: string) => {
      const job = await client.call('jobs.pause', { jobId: await findReading(client, start) })
      output.line(job, () => `${job.title}: held after the pages in work.`)
    },
  )
  verb(
    ocr
      .command('resume')
      .description('go on with a reading that was paused, interrupted, cancelled or failed')
      .argument('<job>'),
    async (client, output, start: string) => {
      const { id } = await client.call('jobs.retry', { jobId: await findReading(client, start) })
      const job = await followJob(client, id, output)
      const { read, failed } = job.result as { read: number; failed: number }
      output.line(
        job,
        () => `${job.title}: ${read} read${failed > 0 ? `, ${failed} could not be read` : ''}.`,
      )
      return failed === 0
    },
  )
}
