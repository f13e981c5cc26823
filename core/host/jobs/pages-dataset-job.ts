import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { GlyphlabError } from '../../contract/index.ts'
import type { JobHandler } from '../../jobs/job-queue.ts'
import type { OutputPage, OutputWord } from '../../ocr/output/output.ts'
import { pageDocument } from '../../ocr/output/page-xml.ts'
import { outgoingPages, outputOptions } from '../output-pages.ts'
import type { Services } from '../services.ts'
import { runImport } from './import-job.ts'

const pagesDatasetInput = z.object({
  pageIds: z.array(z.string()),
  name: z.string(),
  unit: z.enum(['lines', 'words', 'pages']),
  onlyCorrected: z.boolean(),
})
type Unit = z.infer<typeof pagesDatasetInput>['unit']

const cuts: Record<Unit, string> = { lines: 'lines', words: 'words', pages: 'page' }

/** The words of the lines, words or pages in which something was corrected. */
function correctedWords({ words }: OutputPage, unit: Unit): OutputWord[] {
  const corrected = words.filter(({ read }) => read !== null)
  if (unit === 'words') return corrected
  if (unit === 'pages') return corrected.length > 0 ? words : []
  const lines = new Set(corrected.map(({ line }) => line))
  return words.filter(({ line }) => lines.has(line))
}

/** Makes a dataset version of pages, by writing them as PAGE XML beside their pictures and importing that. */
export function pagesDatasetJob(services: () => Services): JobHandler {
  return {
    kind: 'pages-dataset',
    atOnce: 1,
    async run(context) {
      const { home } = services()
      const { pageIds, name, unit, onlyCorrected } = pagesDatasetInput.parse(context.input)
      const work = path.join(home, 'work', `pages-${context.job.id}`)
      await rm(work, { recursive: true, force: true })
      await mkdir(work, { recursive: true })
      const warnings: string[] = []
      let count = 0
      try {
        for await (const { page, stem } of outgoingPages(services(), pageIds, 'file', warnings)) {
          if (context.signal.aborted) throw new GlyphlabError('CANCELLED', 'Cancelled. No dataset was made.')
          const words = onlyCorrected ? correctedWords(page, unit) : page.words
          if (words.length === 0) continue
          await writeFile(path.join(work, page.pictureName), await page.picture())
          await writeFile(path.join(work, `${stem}.xml`), pageDocument({ ...page, words }, outputOptions()))
          count += 1
        }
        if (count === 0)
          throw new GlyphlabError(
            'INVALID_INPUT',
            onlyCorrected
              ? 'Nothing is corrected on these pages. Correct a word first, or take all that was read.'
              : 'There are no words on these pages.',
          )
        for (const warning of warnings) context.log(warning)
        const location = count === 1 ? 'a page that was read' : `${count} pages that were read`
        return await runImport(
          services(),
          context,
          {
            name,
            seed: 42,
            fractions: { train: 0.8, validation: 0.1, test: 0.1 },
            importer: 'page-xml',
            options: { cut: cuts[unit] },
            storage: 'copy',
            merge: false,
            onConflict: 'replace',
          },
          { root: work, location },
        )
      } finally {
        await rm(work, { recursive: true, force: true })
      }
    },
  }
}
