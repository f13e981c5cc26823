import { ActionIcon, Button, TextInput, Tooltip } from '@mantine/core'
import { Crop, LayoutTemplate, RotateCcw, RotateCw, TextCursorInput } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { Box, Page, RegionKind } from '../../../../core/contract/index.ts'
import { BoxEditor } from './box-editor.tsx'
import type { pageEdits } from './page-edits.ts'
import { RegionsBar, RegionsOverlay } from './regions-editor.tsx'
import { wordWith } from './words.ts'

type Drawing =
  | { kind: 'box'; word: number; box: Box }
  | { kind: 'crop'; box: Box }
  | { kind: 'add'; box: Box | null; text: string }
  | { kind: 'regions'; chosen: number | null; of: RegionKind }

/** What is drawn on a page's picture, and the buttons that begin it. */
export interface PageDrawing {
  /** Draws a word's box anew. */
  move: (word: number) => void
  tools: ReactNode
  /** Says what to do, in place of the tools' gap; null for nothing. */
  hint: ReactNode
  /** A row below the tools; null for none. */
  bar: ReactNode
  overlay: ReactNode
}

/** @param page null while there is nothing to draw on */
export function usePageDrawing(
  page: Page | undefined,
  edits: ReturnType<typeof pageEdits> | null,
  onReadAgain: () => void,
): PageDrawing {
  const [drawing, setDrawing] = useState<Drawing | null>(null)
  const [width, height] = [page?.width ?? null, page?.height ?? null]
  if (!page || !edits || width === null || height === null || page.blob === null)
    return { move: () => {}, tools: null, hint: null, bar: null, overlay: null }

  const leave = () => setDrawing(null)
  const whole = { x0: 0, y0: 0, x1: width, y1: height }
  const toggle = (kind: Drawing['kind'], start: Drawing) =>
    setDrawing((now) => (now?.kind === kind ? null : start))
  const keep = () => {
    if (drawing?.kind === 'box') edits.edit({ kind: 'box', word: drawing.word, box: drawing.box })
    if (drawing?.kind === 'crop') edits.arrange({ kind: 'crop', box: drawing.box })
    if (drawing?.kind === 'add') {
      const text = drawing.text.trim()
      if (drawing.box === null || text === '') return document.getElementById('missed-word')?.focus()
      edits.edit({ kind: 'add', box: drawing.box, text })
    }
    leave()
  }
  const tool = (label: string, icon: ReactNode, onClick: () => void, pressed?: boolean) => (
    <Tooltip label={label}>
      <ActionIcon
        aria-label={label}
        aria-pressed={pressed}
        variant={pressed ? 'light' : 'subtle'}
        color={pressed ? 'indigo' : 'gray'}
        onClick={onClick}
      >
        {icon}
      </ActionIcon>
    </Tooltip>
  )
  const tools = (
    <>
      {tool('Turn left', <RotateCcw size={16} />, () => edits.arrange({ kind: 'turn', degrees: 270 }))}
      {tool('Turn right', <RotateCw size={16} />, () => edits.arrange({ kind: 'turn', degrees: 90 }))}
      {tool(
        'Crop',
        <Crop size={16} />,
        () => toggle('crop', { kind: 'crop', box: whole }),
        drawing?.kind === 'crop',
      )}
      {tool(
        'Regions',
        <LayoutTemplate size={16} />,
        () => toggle('regions', { kind: 'regions', chosen: null, of: 'text' }),
        drawing?.kind === 'regions',
      )}
      {page.status === 'read' &&
        tool(
          'Add a missed word',
          <TextCursorInput size={16} />,
          () => toggle('add', { kind: 'add', box: null, text: '' }),
          drawing?.kind === 'add',
        )}
    </>
  )
  const move = (word: number) => {
    const box = wordWith(page.words, word)?.box
    if (box) setDrawing({ kind: 'box', word, box })
  }
  if (drawing === null) return { move, tools, hint: null, bar: null, overlay: null }

  if (drawing.kind === 'regions') {
    const shared = {
      regions: page.regions,
      chosen: drawing.chosen,
      kind: drawing.of,
      width,
      height,
      onChoose: (chosen: number | null) =>
        setDrawing({ ...drawing, chosen: chosen !== null && chosen < 0 ? null : chosen }),
      onChange: edits.setRegions,
    }
    return {
      move,
      tools,
      hint: null,
      bar: (
        <RegionsBar
          {...shared}
          onKind={(of) => setDrawing({ ...drawing, of })}
          onReadAgain={() => {
            leave()
            onReadAgain()
          }}
          onDone={leave}
        />
      ),
      overlay: <RegionsOverlay {...shared} />,
    }
  }

  const word = drawing.kind === 'box' ? wordWith(page.words, drawing.word) : undefined
  const editor = {
    box: {
      label: `Box of “${word?.correction ?? word?.text ?? ''}”`,
      hint: 'Draw or move its box. Enter keeps it, Esc leaves it.',
    },
    crop: { label: 'What stays of the page', hint: 'Draw what is to stay of the page.' },
    add: { label: 'Box of the missed word', hint: 'Draw the box of the word, and type it.' },
  }[drawing.kind]
  return {
    move,
    tools,
    hint: editor.hint,
    bar:
      drawing.kind === 'box' ? null : (
        <form
          className="regions-bar"
          aria-label={drawing.kind === 'crop' ? 'Crop the page' : 'Missed word'}
          onSubmit={(event) => {
            event.preventDefault()
            keep()
          }}
          onKeyDown={(event) => {
            if (event.key === 'Escape') leave()
          }}
        >
          {drawing.kind === 'add' && (
            <TextInput
              id="missed-word"
              size="xs"
              aria-label="The missed word"
              placeholder="What stands there"
              value={drawing.text}
              spellCheck={false}
              autoComplete="off"
              onChange={(event) => setDrawing({ ...drawing, text: event.currentTarget.value })}
            />
          )}
          <Button
            type="submit"
            size="compact-xs"
            disabled={drawing.kind === 'add' && (drawing.box === null || drawing.text.trim() === '')}
          >
            {drawing.kind === 'crop' ? 'Crop to this' : 'Add the word'}
          </Button>
          <Button size="compact-xs" variant="default" onClick={leave}>
            Cancel
          </Button>
        </form>
      ),
    overlay: (
      <BoxEditor
        key={drawing.kind === 'box' ? drawing.word : drawing.kind}
        label={editor.label}
        box={drawing.box}
        width={width}
        height={height}
        onDraw={(box) => setDrawing({ ...drawing, box })}
        onKeep={keep}
        onLeave={leave}
      />
    ),
  }
}
