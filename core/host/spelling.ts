import type { Page } from '../contract/index.ts'
import { misspelt } from '../domain/spelling.ts'
import { loadWordList, type WordList } from '../ocr/word-list.ts'
import { languageDirectory } from './resources.ts'

/** By language; one that fails is tried anew. */
const lists = new Map<string, Promise<WordList | null>>()

function listOf(language: string): Promise<WordList | null> {
  const known = lists.get(language)
  if (known) return known
  const list = loadWordList(languageDirectory, language)
  list.catch(() => lists.delete(language))
  lists.set(language, list)
  return list
}

/** The words of a page that are not in the word list of its language; null where there is no list for it. */
export async function spellingOf(page: Page): Promise<{ words: number[] } | null> {
  // Engines that find the language out by themselves name none.
  if (page.language === null || page.language === 'und') return null
  const list = await listOf(page.language)
  return list && { words: misspelt(page.words, list) }
}
