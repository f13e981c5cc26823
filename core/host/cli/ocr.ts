import type { Command } from 'commander'
import type { Page } from '../../contract/index.ts'
import { followJob, type Output } from './output.ts'
import { pathSource, verb } from './verb.ts'

function printPage(output: Output, file: string, page: Page): void {
  if (page.error) {
    const { error } = page
    output.line({ file, error }, () => `${file}: ${error.message}`)
    return
  }
  const words = page.words.map(({ text, confidence, box, line, block }) => ({
    text,
    confidence,
    box,
    line,
    block,
  }))
  const value = {
    file,
    text: page.text,
    confidence: page.confidence,
    words,
    width: page.width,
    height: page.height,
    engine: page.engine,
    warnings: page.warnings,
    durationMs: page.durationMs,
  }
  output.line(value, () =>
    [
      `== ${file}${page.confidence === null ? '' : ` (confidence ${Math.round(page.confidence * 100)} %)`}`,
      ...page.warnings.map((warning) => `   ${warning}`),
      page.text,
    ].join('\n'),
  )
}

export function addOcrVerb(program: Command): void {
  verb(
    program.command('ocr').description('read the text of pictures').argument('<file...>'),
    async (client, output, files: string[]) => {
      const { jobId, pageIds } = await client.call('pages.read', { files: files.map(pathSource) })
      let printed = 0
      let failed = false
      const printReady = async () => {
        for (let pageId = pageIds[printed]; pageId; pageId = pageIds[printed]) {
          const page = await client.call('pages.get', { pageId })
          if (page.status === 'waiting') return
          // A file of several pages has several: then only their names tell which is which.
          const file = pageIds.length === files.length ? files[printed] : undefined
          printPage(output, file ?? page.name, page)
          failed ||= page.status === 'failed'
          printed += 1
        }
      }
      await followJob(client, jobId, output, printReady)
      await printReady()
      return !failed
    },
  )
}
