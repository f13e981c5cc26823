import { readFile } from 'node:fs/promises'
import { type FileSource, GlyphlabError, type ImportedTruths } from '../contract/index.ts'
import { pageTexts } from '../datasets/page-texts.ts'
import type { Services } from './services.ts'

interface NamedPage {
  id: string
  name: string
  blob: string | null
}

/** `scan.gt.txt` and `scan.tif` are both of `scan`. */
const stemOf = (name: string): string =>
  name
    .normalize('NFC')
    .replace(/\.(?:gt\.txt|page\.xml|alto\.xml|[^./]*)$/i, '')
    .toLowerCase()

/** `scan.tif (page 2 of 3)` is page 2 of `scan.tif`. */
function placeOf(name: string): { file: string; page: number } {
  const [, file, page] = /^(.*?) \(page (\d+) of \d+\)$/s.exec(name) ?? []
  return { file: file ?? name, page: Number(page ?? 1) }
}

/**
 * The pages whose picture a description means: by the picture's own name, else by the stem of the picture or of the file.
 * @param page of a file that describes several, from 1
 */
function pagesMeant(known: readonly NamedPage[], picture: string | null, file: string, page: number) {
  const named = known.map((one) => ({ ...one, place: placeOf(one.name) }))
  const wanted = picture?.normalize('NFC')
  const exact = named.filter(({ place }) => place.file.normalize('NFC') === wanted)
  const exported = (one: (typeof named)[number]) => `${stemOf(one.place.file)}-page-${one.place.page}`
  const stems = [...(picture === null ? [] : [stemOf(picture)]), stemOf(file)]
  const byStem = stems
    .map((stem) => named.filter((one) => stemOf(one.place.file) === stem || exported(one) === stem))
    .find((found) => found.length > 0)
  const found = exact.length > 0 ? exact : (byStem ?? [])
  const onPage = found.filter((one) => one.place.page === page || stems.includes(exported(one)))
  return onPage.length > 0 ? onPage : []
}

/** Takes what stands on pictures from files, each to the page that it is of; what finds none is named with the reason. */
export async function importTruths(
  { sources, pages, truths, events }: Services,
  files: readonly FileSource[],
  pageIds: readonly string[] | undefined,
): Promise<ImportedTruths> {
  for (const id of pageIds ?? []) if (!pages.exists(id)) pages.get(id)
  const chosen = pageIds && new Set(pageIds)
  const known = pages.named().filter(({ id, blob }) => blob !== null && (!chosen || chosen.has(id)))
  const imported: ImportedTruths = { pages: [], unmatched: [] }
  const take = (file: string, picture: string | null, page: number, text: string): void => {
    const found = pagesMeant(known, picture, file, page)
    const [newest] = found
    const called = picture ?? file
    if (!newest) throw new GlyphlabError('NOT_FOUND', `no page with a picture called ${called} was read`)
    if (new Set(found.map(({ blob }) => blob)).size > 1)
      throw new GlyphlabError(
        'CONFLICT',
        `several different pictures are called ${called}: choose the page that it is of`,
      )
    truths.set(newest.id, text, 'imported', file)
    imported.pages.push({ pageId: newest.id, name: newest.name, file })
    events.emit({ type: 'page.changed', pageId: newest.id })
  }
  for (const source of files) {
    const { file, name } = sources.locate(source)
    try {
      const bytes = await readFile(file).catch(() => {
        throw new GlyphlabError('NOT_FOUND', 'the file does not exist, or may not be read')
      })
      const texts = pageTexts(bytes, name)
      const filled = texts.filter(({ text }) => text !== '')
      if (filled.length === 0) throw new GlyphlabError('INVALID_INPUT', 'there is no text in it')
      for (const [at, { picture, text }] of texts.entries()) {
        const isOfSeveral = texts.filter((one) => one.picture === picture).length > 1
        if (text !== '') take(name, picture, isOfSeveral ? at + 1 : 1, text)
      }
    } catch (cause) {
      if (!(cause instanceof GlyphlabError)) throw cause
      imported.unmatched.push({ file: name, reason: cause.message.replace(`${name}: `, '') })
    } finally {
      await sources.release(source)
    }
  }
  return imported
}
