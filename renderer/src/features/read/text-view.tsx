import {
  type KeyboardEvent,
  type MouseEvent,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import type { Page, PageWord } from '../../../../core/contract/index.ts'
import { rampColour } from '../../components/charts/value-ramp.ts'
import { formatPercent } from '../../components/format.ts'
import { editorWidth, WordEditor } from './word-editor.tsx'
import {
  isDoubtful,
  isLastInLine,
  linesOf,
  nextDoubtful,
  wordBeside,
  wordOf,
  wordOnNextLine,
  wordWith,
} from './words.ts'

const margin = 16

interface TextViewProps {
  page: Page
  /** Words that a search has found. */
  marked: ReadonlySet<number>
  /** Words that are in no word list. */
  unknown: ReadonlySet<number>
  threshold: number
  lit: number | null
  active: number | null
  editing: number | null
  onHover: (index: number | null) => void
  onActive: (index: number | null) => void
  onEdit: (index: number | null) => void
  onCorrect: (index: number, text: string | null) => void
  /** Makes two words of one, as it is shown, at this character. */
  onSplit: (index: number, at: number) => void
  /** Joins a word with the one behind it in its line. */
  onJoin: (index: number) => void
  /** Draws the word's box anew. */
  onMove: (index: number) => void
}

function describeWord({ text, correction, confidence }: PageWord): string {
  if (correction === null) return `${text}, ${formatPercent(confidence)}`
  if (correction === text) return `${text}, checked`
  return correction === '' ? `${text}, marked as no word` : `${correction}, corrected from ${text}`
}

function selectWithin(element: Element) {
  const selection = window.getSelection()
  selection?.removeAllRanges()
  const range = document.createRange()
  range.selectNodeContents(element)
  selection?.addRange(range)
}

/** The text in lines. Arrows move from word to word, Tab to the next doubtful one; Enter, F2 or a double click edits, J joins, M moves the box. */
export function TextView(props: TextViewProps) {
  const {
    page,
    marked,
    unknown,
    threshold,
    lit,
    active,
    editing,
    onHover,
    onActive,
    onEdit,
    onCorrect,
    onSplit,
    onJoin,
    onMove,
  } = props
  const lines = useMemo(() => linesOf(page.words), [page.words])
  const scroller = useRef<HTMLDivElement>(null)
  const pane = useRef<HTMLDivElement>(null)

  useEffect(() => {
    if (active !== null)
      pane.current?.querySelector(`[data-word="${active}"]`)?.scrollIntoView({ block: 'nearest' })
  }, [active])

  const closeEditor = () => {
    onEdit(null)
    pane.current?.focus({ preventScroll: true })
  }

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (editing !== null) return
    const words = page.words
    const go = (index: number | null) => {
      if (index === null) return false
      onActive(index)
      return true
    }
    const handled = (() => {
      switch (event.key) {
        case 'ArrowRight':
          return go(wordBeside(words, active, 1))
        case 'ArrowLeft':
          return go(wordBeside(words, active, -1))
        case 'ArrowDown':
          return go(active === null ? wordBeside(words, null, 1) : wordOnNextLine(words, active, 1))
        case 'ArrowUp':
          return go(active === null ? wordBeside(words, null, 1) : wordOnNextLine(words, active, -1))
        case 'Home':
          return go(words[0]?.index ?? null)
        case 'End':
          return go(words.at(-1)?.index ?? null)
        case 'Tab':
          return go(nextDoubtful(words, active, threshold, event.shiftKey ? -1 : 1))
        case 'Enter':
        case 'F2':
          if (active === null) return false
          onEdit(active)
          return true
        case 'j':
        case 'm':
          if (active === null || event.ctrlKey || event.metaKey || event.altKey) return false
          if (event.key === 'j') onJoin(active)
          else onMove(active)
          return true
        case 'Escape':
          onActive(null)
          return true
        case 'a':
          if (!event.ctrlKey && !event.metaKey) return false
          selectWithin(event.currentTarget)
          return true
        default:
          return false
      }
    })()
    if (handled) event.preventDefault()
  }

  const onDoubleClick = (event: MouseEvent) => {
    const index = wordOf(event.target)
    if (index === null || editing !== null) return
    window.getSelection()?.removeAllRanges()
    onEdit(index)
  }

  const picture =
    page.blob !== null && page.width !== null && page.height !== null
      ? { hash: page.blob, width: page.width, height: page.height }
      : null

  const edited = wordWith(page.words, editing)
  const save = (text: string | null, then: 'stay' | 'next' | 'previous') => {
    if (!edited) return
    if (text !== edited.correction) onCorrect(edited.index, text)
    const next =
      then === 'stay' ? null : nextDoubtful(page.words, edited.index, threshold, then === 'next' ? 1 : -1)
    if (next === null) return closeEditor()
    onActive(next)
    onEdit(next)
  }

  // The editor stands below its word, beside the list of words rather than in it: a list holds only its options.
  const [spot, setSpot] = useState<{ left: number; top: number } | null>(null)
  useLayoutEffect(() => {
    const [frame, list] = [scroller.current, pane.current]
    const word = editing === null ? null : list?.querySelector(`[data-word="${editing}"]`)
    if (!frame || !word) return setSpot(null)
    const [outer, inner] = [frame.getBoundingClientRect(), word.getBoundingClientRect()]
    const rightmost = Math.max(margin, frame.clientWidth - editorWidth - margin)
    setSpot({
      left: Math.min(rightmost, inner.left - outer.left + frame.scrollLeft),
      top: inner.bottom - outer.top + frame.scrollTop + 4,
    })
  }, [editing])

  return (
    <div ref={scroller} className="text-pane">
      <div
        ref={pane}
        className="text-view"
        role="listbox"
        aria-label={`Text of ${page.name}`}
        aria-activedescendant={wordWith(page.words, active) ? `word-${active}` : undefined}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onClick={(event) => {
          const index = wordOf(event.target)
          if (index !== null && editing === null) onActive(index)
        }}
        onDoubleClick={onDoubleClick}
        onPointerOver={(event) => onHover(wordOf(event.target))}
        onPointerLeave={() => onHover(null)}
      >
        {lines.map((line) => (
          <div
            key={line.words[0]?.index}
            role="presentation"
            className="text-line"
            data-block={line.startsBlock}
          >
            {line.words.map((word, position) => (
              <span key={word.index} role="presentation" className="text-slot">
                {position > 0 && ' '}
                <span
                  id={`word-${word.index}`}
                  role="option"
                  tabIndex={-1}
                  aria-selected={word.index === active}
                  aria-label={word.correction === null ? describeWord(word) : undefined}
                  data-word={word.index}
                  data-lit={word.index === lit}
                  data-marked={marked.has(word.index)}
                  data-doubtful={isDoubtful(word, threshold)}
                  data-unknown={unknown.has(word.index)}
                  data-corrected={word.correction !== null}
                  className="text-word"
                  style={{
                    borderBottomColor: isDoubtful(word, threshold) ? rampColour(word.confidence) : undefined,
                  }}
                  title={describeWord(word)}
                >
                  {word.correction === null ? (
                    word.text
                  ) : (
                    <>
                      {word.text !== word.correction && <del>{word.text}</del>}
                      {word.correction !== '' && <ins>{word.correction}</ins>}
                    </>
                  )}
                </span>
              </span>
            ))}
          </div>
        ))}
      </div>
      {edited && picture && spot && (
        <WordEditor
          key={edited.index}
          word={edited}
          page={picture}
          spot={spot}
          onCancel={closeEditor}
          onSave={save}
          onSplit={(at) => {
            closeEditor()
            onSplit(edited.index, at)
          }}
          onJoin={
            isLastInLine(page.words, edited)
              ? undefined
              : () => {
                  closeEditor()
                  onJoin(edited.index)
                }
          }
          onMove={() => {
            closeEditor()
            onMove(edited.index)
          }}
        />
      )}
    </div>
  )
}
