import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { readBlob } from '../../blobs/blob-files.ts'
import { GlyphlabError } from '../../contract/index.ts'
import { inspectImage } from '../../imaging/image.ts'
import type { JobHandler } from '../../jobs/job-queue.ts'
import type { Services } from '../services.ts'
import { runImport } from './import-job.ts'

const logDatasetInput = z.object({
  name: z.string(),
  below: z.number(),
  limit: z.number(),
  dataset: z.string(),
  labels: z.enum(['predicted', 'none']),
  merge: z.boolean(),
})

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`

/** Makes a dataset version of the pictures that a service was unsure of, by writing them as files and importing those. */
export function logDatasetJob(services: () => Services): JobHandler {
  return {
    kind: 'log-dataset',
    atOnce: 1,
    async run(context) {
      const { home, blobs, servedLogs } = services()
      const { name, below, limit, dataset, labels, merge } = logDatasetInput.parse(context.input)
      const { items } = servedLogs.queue(servedLogs.rowId(name), below, 0, limit)
      if (items.length === 0)
        throw new GlyphlabError(
          'INVALID_INPUT',
          `"${name}" has no kept picture with an answer less sure than ${below}. Serve with kept inputs, or raise the bound.`,
        )
      const labelled = labels === 'predicted' && items.some(({ label }) => label !== null)
      const work = path.join(home, 'work', `log-${context.job.id}`)
      await rm(work, { recursive: true, force: true })
      await mkdir(work, { recursive: true })
      const kept = blobs.keep()
      for (const { hash } of items) kept.add(hash)
      try {
        const rows = ['file,label']
        for (const { hash, label } of items) {
          if (context.signal.aborted) throw new GlyphlabError('CANCELLED', 'Cancelled. No dataset was made.')
          const location = blobs.locate(hash)
          if (!location) continue
          const bytes = await readBlob(location, hash)
          const { mediaType } = await inspectImage(bytes, hash)
          const file = `${hash.slice(0, 16)}.${mediaType.replace(/^image\/|\+.*$/g, '')}`
          await writeFile(path.join(work, file), bytes)
          rows.push(`${file},${quoted(label ?? '')}`)
        }
        if (labelled) await writeFile(path.join(work, 'labels.csv'), `${rows.join('\n')}\n`)
        return await runImport(
          services(),
          context,
          {
            name: dataset,
            seed: 42,
            fractions: { train: 0.8, validation: 0.1, test: 0.1 },
            importer: labelled ? 'labels-table' : 'unlabelled',
            options: {},
            storage: 'copy',
            merge,
            onConflict: 'replace',
          },
          { root: work, location: `low-confidence inputs of ${name}` },
        )
      } finally {
        kept.release()
        await rm(work, { recursive: true, force: true })
      }
    },
  }
}
