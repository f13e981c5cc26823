import type {
  Page,
  PageChange,
  PageRegion,
  WordChangeKind,
  WordEdit,
} from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { notify, notifyError } from '../../components/notices.tsx'
import { wordWith } from './words.ts'

const done: Record<WordChangeKind, string> = {
  correct: 'the correction',
  replace: 'the replacement on this page',
  join: 'joining words',
  split: 'splitting a word',
  box: 'the new box',
  add: 'the added word',
  turn: 'turning the page',
  crop: 'cropping the page',
  move: 'moving the page',
  regions: 'the change of regions',
}

/** "Undo the correction" */
export const stepInWords = (verb: 'Undo' | 'Redo', kind: WordChangeKind | null): string =>
  kind === null ? verb : `${verb} ${done[kind]}`

/** What can be done to the words of a page; each answer becomes the page on view. */
export function pageEdits(
  page: Page,
  { onChanged, onActive }: { onChanged: (page: Page) => void; onActive: (index: number) => void },
) {
  const pageId = page.id
  const known = new Set(page.words.map(({ index }) => index))
  const take = (changed: Page) => {
    onChanged(changed)
    // What came in the place of others is the word to go on with.
    const added = changed.words.find(({ index }) => !known.has(index))
    if (added) onActive(added.index)
  }
  const edit = (wanted: WordEdit) =>
    void call('pages.editWords', { pageId, edit: wanted }).then(take).catch(notifyError)
  return {
    edit,
    arrange: (change: PageChange) =>
      void call('pages.arrange', { pageId, change }).then(onChanged).catch(notifyError),
    setRegions: (regions: PageRegion[]) =>
      void call('pages.setRegions', { pageId, regions }).then(onChanged).catch(notifyError),
    correct: (wordIndex: number, text: string | null) =>
      void call('pages.correctWord', { pageId, wordIndex, text })
        .then((changed) => {
          onChanged(changed)
          if (text === null)
            notify({
              kind: 'info',
              message: `“${wordWith(changed.words, wordIndex)?.text}” is as it was read.`,
            })
        })
        .catch(notifyError),
    undo: () => {
      if (page.undo !== null) void call('pages.undo', { pageId }).then(onChanged).catch(notifyError)
    },
    redo: () => {
      if (page.redo !== null) void call('pages.redo', { pageId }).then(onChanged).catch(notifyError)
    },
    /** Joins a word with the one behind it in its line. */
    joinWithNext: (index: number) => {
      const at = page.words.findIndex((word) => word.index === index)
      const [word, next] = [page.words[at], page.words[at + 1]]
      if (word && next && next.line === word.line) edit({ kind: 'join', words: [index, next.index] })
    },
  }
}
