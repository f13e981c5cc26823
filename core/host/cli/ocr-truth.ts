import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { GlyphlabError } from '../../contract/index.ts'
import type { EngineClient } from '../engine-client.ts'
import { pathSource, verb } from './verb.ts'

const chunk = 500

/** The page with this id, or the newest one of this name. @throws GlyphlabError NOT_FOUND */
export async function pageNamed(client: EngineClient, wanted: string): Promise<{ id: string; name: string }> {
  for (let offset = 0; ; offset += chunk) {
    const { total, items } = await client.call('pages.list', { offset, limit: chunk })
    const found = items.find(({ id, name }) => id === wanted || name === wanted)
    if (found) return found
    if (offset + chunk >= total)
      throw new GlyphlabError('NOT_FOUND', `There is no page "${wanted}". Give its id or its name.`)
  }
}

export async function ids(client: EngineClient, names: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const name of names) found.push((await pageNamed(client, name)).id)
  return found
}

export function addOcrTruthVerbs(ocr: Command): void {
  const truth = ocr.command('truth').description('what really stands on pages, to compare readings with')
  verb(
    truth
      .command('import')
      .description('take it from files: PAGE XML, ALTO, hOCR or text named like the pictures')
      .argument('<file...>'),
    async (client, output, files: string[]) => {
      const { pages, unmatched } = await client.call('pages.importText', { files: files.map(pathSource) })
      for (const page of pages) output.line(page, () => `${page.file} is the text of ${page.name}.`)
      for (const one of unmatched) output.line(one, () => `${one.file} was left out: ${one.reason}.`)
      return unmatched.length === 0
    },
  )
  verb(
    truth
      .command('set')
      .description('say what stands on a page')
      .argument('<page>', 'its id or name')
      .option('--text <text>', 'the text itself')
      .option('--file <file>', 'a text file'),
    async (client, output, name: string, flags: { text?: string; file?: string }) => {
      const { text, file } = flags
      if ((text === undefined) === (file === undefined))
        throw new GlyphlabError('INVALID_INPUT', 'Give either --text or --file.')
      const { id, name: called } = await pageNamed(client, name)
      const said =
        text ??
        (await readFile(file ?? '', 'utf8').catch(() => {
          throw new GlyphlabError('NOT_FOUND', `${file}: the file does not exist, or may not be read.`)
        }))
      const set = await client.call('pages.setTruth', { pageId: id, text: said })
      output.line({ pageId: id, ...set }, () => `${called}: ${said.length} characters stand there.`)
    },
  )
  verb(
    truth
      .command('take')
      .description('take the text of pages, as corrected')
      .argument('<page...>', 'ids or names'),
    async (client, output, names: string[]) => {
      const { taken } = await client.call('pages.takeTruth', { pageIds: await ids(client, names) })
      output.line({ taken }, () => `${taken === 1 ? '1 page' : `${taken} pages`} taken.`)
    },
  )
  verb(
    truth.command('clear').description('take back what was said').argument('<page...>', 'ids or names'),
    async (client, output, names: string[]) => {
      const pageIds = await ids(client, names)
      for (const pageId of pageIds) await client.call('pages.setTruth', { pageId, text: null })
      output.line({ cleared: pageIds.length }, () => 'Taken back.')
    },
  )
  verb(
    truth.command('list').description('the pages of which it is known what stands there'),
    async (client, output) => {
      for (const page of await client.call('pages.withTruth', {}))
        output.line(page, () => `${page.pageId}  ${page.source.padEnd(9)}  ${page.name}`)
    },
  )
  verb(
    truth.command('show').description('what was said of a page').argument('<page>', 'its id or name'),
    async (client, output, name: string) => {
      const { id } = await pageNamed(client, name)
      const said = await client.call('pages.truth', { pageId: id })
      output.line(said, () => said?.text ?? 'Nobody has said.')
      return said !== null
    },
  )
}
