import type { PageWord } from '../contract/index.ts'
import type { Store } from './sqlite.ts'

/** A word as a person sees it: empty where it was taken out. */
export const shown = ({ text, correction }: PageWord): string => correction ?? text

/** Keeps the words for the search, a line each. Within the transaction that changes them. */
export function indexPage(store: Store, pageId: number, words: readonly PageWord[]): void {
  const text = words
    .map(shown)
    .filter((word) => word !== '')
    .map((word) => word.replace(/\p{Cc}/gu, ' '))
    .join('\n')
  store.prepare('DELETE FROM page_search WHERE rowid = ?').run(pageId)
  if (text !== '') store.prepare('INSERT INTO page_search (rowid, words) VALUES (?, ?)').run(pageId, text)
}
