import { Button, TextInput } from '@mantine/core'
import { type KeyboardEvent, useLayoutEffect, useRef, useState } from 'react'
import type { PageWord } from '../../../../core/contract/index.ts'
import { formatPercent } from '../../components/format.ts'
import { WordCrop } from './word-crop.tsx'

/** Outer width in px. */
export const editorWidth = 324

interface WordEditorProps {
  /** Where its upper left corner stands, in px within the pane. */
  spot: { left: number; top: number }
  word: PageWord
  page: { hash: string; width: number; height: number }
  /** The text as corrected; null to take the correction back. Then where to go: stay, next or previous doubtful word. */
  onSave: (text: string | null, then: 'stay' | 'next' | 'previous') => void
  onCancel: () => void
  /** At this character of the word as it is shown. */
  onSplit: (at: number) => void
  /** Undefined for the last word of a line. */
  onJoin: (() => void) | undefined
  onMove: () => void
}

/** Edits one word in place, with its crop of the picture above the field. */
export function WordEditor({ word, page, spot, onSave, onCancel, onSplit, onJoin, onMove }: WordEditorProps) {
  const before = word.correction ?? word.text
  const [text, setText] = useState(before)
  const [caret, setCaret] = useState(0)
  const field = useRef<HTMLInputElement>(null)
  const frame = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    field.current?.focus()
    field.current?.select()
    frame.current?.scrollIntoView({ block: 'nearest' })
  }, [])

  const save = (then: 'stay' | 'next' | 'previous') => {
    const typed = text.trim()
    onSave(typed === word.text ? null : typed, then)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation()
    if (event.key === 'Enter') save('stay')
    else if (event.key === 'Tab' && event.target === field.current) save(event.shiftKey ? 'previous' : 'next')
    else if (event.key === 'Escape') onCancel()
    else return
    event.preventDefault()
  }

  return (
    <div
      ref={frame}
      className="word-editor"
      style={{ ...spot, width: editorWidth }}
      role="dialog"
      aria-label={`Correct “${word.text}”`}
      onKeyDown={onKeyDown}
    >
      <WordCrop page={page} box={word.box} maxWidth={300} maxHeight={56} />
      <TextInput
        ref={field}
        aria-label="Text of the word"
        size="sm"
        value={text}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => setText(event.currentTarget.value)}
        onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? 0)}
      />
      <div className="word-editor-foot">
        <span className="dim">
          Read as “{word.text}”, {formatPercent(word.confidence)}
        </span>
        {word.correction !== null && (
          <Button size="compact-xs" variant="default" onClick={() => onSave(null, 'stay')}>
            Take back
          </Button>
        )}
        <Button size="compact-xs" onClick={() => save('stay')}>
          Save
        </Button>
      </div>
      <div className="word-editor-edits">
        <Button
          size="compact-xs"
          variant="default"
          disabled={text !== before || caret <= 0 || caret >= text.length}
          title={text === before ? 'Set the cursor where the second word begins' : 'Save the text first'}
          onClick={() => onSplit(caret)}
        >
          Split here
        </Button>
        <Button size="compact-xs" variant="default" disabled={!onJoin || text !== before} onClick={onJoin}>
          Join with next
        </Button>
        <Button size="compact-xs" variant="default" onClick={onMove}>
          New box
        </Button>
      </div>
      <div className="dim word-editor-keys">
        Enter saves, Tab saves and goes on, Esc leaves it. Empty: no such word.
      </div>
    </div>
  )
}
