import { ActionIcon, Button, Modal, Textarea, Tooltip } from '@mantine/core'
import { ChevronLeft, ChevronRight, Maximize, Plus, SquareDashed, X, ZoomIn, ZoomOut } from 'lucide-react'
import { type CSSProperties, type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import type { BrowsedSample, LabelledBox, SampleChange } from '../../../../core/contract/index.ts'
import { formatNumber } from '../../components/format.ts'
import { Section } from '../../components/section.tsx'
import { BoxList } from './box-list.tsx'
import { BoxOverlay } from './box-overlay.tsx'
import { middleBox, moved, resized } from './labelling/box-shapes.ts'
import { UndoButtons } from './labelling/draft-bar.tsx'
import { SampleFields } from './labelling/sample-fields.tsx'
import type { DraftActions } from './labelling/use-draft.ts'
import { SampleFacts } from './sample-facts.tsx'
import { samplePicture, showsPixels } from './sample-picture.ts'

const mostZoom = 16

interface SampleViewerProps {
  sample: BrowsedSample | undefined
  position: number | null
  total: number
  draft: DraftActions
  /** The split on view is not the version's own. */
  subsetFixed: boolean
  /** The class that a number key sets. */
  classOf: (digit: string) => string | undefined
  onEdit: (set: SampleChange) => void
  /** Asks for a class. */
  onPick: (apply: (label: string) => void) => void
  onLabel: (label: string) => void
  onMove: (step: 1 | -1) => void
  onClose: () => void
  /** More facts of the sample. */
  children?: ReactNode
}

/** Boxes as they are while an edit of them is under way, or on its way to the engine. */
function useBoxes(
  sample: BrowsedSample | undefined,
  waiting: DraftActions['waiting'],
  onEdit: SampleViewerProps['onEdit'],
) {
  const [pending, setPending] = useState<{ of: BrowsedSample; boxes: LabelledBox[] } | null>(null)
  /** Arrows have moved a box that is not saved yet: news of the picture must not take that back. */
  const nudged = useRef(false)
  const same = pending !== null && sample !== undefined && pending.of.ordinal === sample.ordinal
  /** News of the picture that came before the engine's answer to the last edit does not have it yet. */
  const older = same && pending.of !== sample && (nudged.current || waiting())
  const boxes = same && (older || pending.of === sample) ? pending.boxes : (sample?.boxes ?? [])
  useEffect(() => {
    if (!older || !sample) return
    setPending((before) => (before?.of.ordinal === sample.ordinal ? { ...before, of: sample } : before))
  }, [older, sample])
  const change = (next: LabelledBox[]) => {
    if (sample) setPending({ of: sample, boxes: next })
  }
  const commit = (next: LabelledBox[] = boxes) => {
    change(next)
    onEdit({ boxes: next })
  }
  return { boxes, change, commit, nudged }
}

/** One picture, large, to look at and to edit: its class, text, value, group, subset and boxes. */
export function SampleViewer({
  sample,
  position,
  total,
  draft,
  subsetFixed,
  classOf,
  onEdit,
  onPick,
  onLabel,
  onMove,
  onClose,
  children,
}: SampleViewerProps) {
  const [boxesShown, setBoxesShown] = useState(true)
  const [zoom, setZoom] = useState(1)
  const side = useRef<HTMLDivElement>(null)
  const textField = useRef<HTMLTextAreaElement>(null)
  const scroller = useRef<HTMLDivElement>(null)
  const [activeBox, setActiveBox] = useState<number | null>(null)
  const [chosenBox, setChosenBox] = useState<number | null>(null)
  const { boxes, change, commit, nudged } = useBoxes(sample, draft.waiting, onEdit)
  const chosen = chosenBox === null ? undefined : boxes[chosenBox]

  const ordinal = sample?.ordinal
  useEffect(() => {
    if (ordinal === undefined) return
    setActiveBox(null)
    setChosenBox(null)
    setZoom(1)
    nudged.current = false
  }, [ordinal, nudged])
  useEffect(() => {
    const element = scroller.current
    if (!element) return
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey) return
      event.preventDefault()
      setZoom((before) => Math.min(mostZoom, Math.max(1, before * (event.deltaY < 0 ? 1.2 : 1 / 1.2))))
    }
    element.addEventListener('wheel', onWheel, { passive: false })
    return () => element.removeEventListener('wheel', onWheel)
  }, [])

  const zoomBy = (factor: number) => setZoom((before) => Math.min(mostZoom, Math.max(1, before * factor)))
  const move = (step: 1 | -1) => {
    // The box that has the focus goes away with its picture; the keys must still reach the view.
    if (document.activeElement?.closest('.box-list, .box-fields')) side.current?.focus()
    onMove(step)
  }
  const replaced = (index: number, box: LabelledBox) => boxes.map((one, at) => (at === index ? box : one))
  const addBox = (box: LabelledBox) => {
    commit([...boxes, box])
    setBoxesShown(true)
    setChosenBox(boxes.length)
  }
  const labelBox = (index: number, box: LabelledBox) =>
    onPick((label) => commit(replaced(index, { ...box, label })))
  const removeBox = (index: number) => {
    setChosenBox(null)
    setActiveBox(null)
    side.current?.focus()
    commit(boxes.filter((_, at) => at !== index))
  }
  /** A new box has the class of the last one. */
  const newLabel = boxes.at(-1)?.label ?? ''

  const onBoxKey = (event: KeyboardEvent, index: number, box: LabelledBox): boolean => {
    const { key, shiftKey, ctrlKey, metaKey } = event
    const by = shiftKey ? 10 : 1
    const steps: Record<string, [number, number]> = {
      ArrowLeft: [-by, 0],
      ArrowRight: [by, 0],
      ArrowUp: [0, -by],
      ArrowDown: [0, by],
    }
    const step = steps[key]
    const label = ctrlKey || metaKey ? undefined : classOf(key)
    if (step && sample) {
      nudged.current = true
      change(
        replaced(
          index,
          ctrlKey || metaKey ? resized(box, 'se', ...step, sample) : moved(box, ...step, sample),
        ),
      )
    } else if (key === 'Escape') setChosenBox(null)
    else if (key === 'Delete') removeBox(index)
    else if (label !== undefined) commit(replaced(index, { ...box, label }))
    else if (key === 'l' && !ctrlKey && !metaKey) labelBox(index, box)
    else return false
    return true
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (!(event.target instanceof Element) || !event.currentTarget.contains(event.target)) return
    if (event.target.matches('input, textarea') || event.defaultPrevented) return
    const { key } = event
    const focused = event.target.closest('.box-list') ? activeBox : null
    const index = chosenBox ?? (/^Arrow|^Escape/.test(key) ? null : focused)
    const box = index === null ? undefined : boxes[index]
    if (index !== null && box && onBoxKey(event, index, box)) event.preventDefault()
    else if (event.ctrlKey || event.metaKey || event.altKey) return
    else if (key === 'ArrowRight' || key === 'ArrowDown') move(1)
    else if (key === 'ArrowLeft' || key === 'ArrowUp') move(-1)
    else if (key === 'b') setBoxesShown(!boxesShown)
    else if (key === 'n' && sample) addBox(middleBox(sample, newLabel))
    else if (key === 't') textField.current?.focus()
    else if (key === '+' || key === '=') zoomBy(1.5)
    else if (key === '-') zoomBy(1 / 1.5)
    else if (key === 'f') setZoom(1)
    else return
    event.preventDefault()
  }
  /** A row of arrow presses is one edit. */
  const settle = () => {
    if (!nudged.current) return
    nudged.current = false
    commit()
  }

  return (
    <Modal
      opened
      onClose={onClose}
      closeOnEscape={chosenBox === null}
      fullScreen
      withCloseButton={false}
      padding={0}
      transitionProps={{ duration: 0 }}
      classNames={{ body: 'large', content: 'large-frame' }}
      attributes={{ content: { 'aria-label': sample ? sample.path : 'Picture' } }}
      onKeyDown={onKeyDown}
      onKeyUp={(event) => {
        if (event.key.startsWith('Arrow')) settle()
      }}
      onBlur={settle}
    >
      <div className="large-picture">
        <div ref={scroller} className="picture-scroll" {...(zoom > 1 && { tabIndex: 0 })}>
          {sample && (
            <div className="picture-fit" style={{ '--zoom': zoom } as CSSProperties}>
              <div
                className="picture-shape"
                style={{ '--ratio': sample.width / sample.height } as CSSProperties}
              >
                <img
                  key={sample.hash}
                  src={samplePicture(sample, 1600)}
                  alt={sample.label === '' ? sample.path : `${sample.label}: ${sample.path}`}
                  draggable={false}
                  data-pixels={showsPixels(sample, 600 * zoom)}
                />
                {boxesShown && (
                  <BoxOverlay
                    key={sample.ordinal}
                    boxes={boxes}
                    width={sample.width}
                    height={sample.height}
                    active={activeBox}
                    onActive={setActiveBox}
                    chosen={chosenBox}
                    onChoose={setChosenBox}
                    onChange={(index, box) => commit(replaced(index, box))}
                    onGrab={() => side.current?.focus()}
                    onDraw={(box) => addBox({ ...box, label: newLabel, text: null })}
                  />
                )}
              </div>
            </div>
          )}
        </div>
      </div>
      <div ref={side} className="large-side" tabIndex={-1}>
        <div className="large-tools">
          <span className="tabular dim">
            {position !== null && `${formatNumber(position + 1)} of ${formatNumber(total)}`}
          </span>
          <Tooltip label="Previous (←)">
            <ActionIcon aria-label="Previous picture" disabled={!position} onClick={() => move(-1)}>
              <ChevronLeft size={16} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label="Next (→)">
            <ActionIcon
              aria-label="Next picture"
              disabled={position === null || position >= total - 1}
              onClick={() => move(1)}
            >
              <ChevronRight size={16} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label="Close (Esc)">
            <ActionIcon aria-label="Close picture" data-autofocus onClick={onClose}>
              <X size={16} />
            </ActionIcon>
          </Tooltip>
        </div>
        <div className="large-tools">
          <span className="large-undo">
            <UndoButtons draft={draft} />
          </span>
          <Tooltip label={boxesShown ? 'Hide boxes (B)' : 'Show boxes (B)'}>
            <ActionIcon
              aria-label="Boxes"
              aria-pressed={boxesShown}
              variant={boxesShown ? 'light' : 'subtle'}
              onClick={() => setBoxesShown(!boxesShown)}
            >
              <SquareDashed size={16} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label="Zoom out (−)">
            <ActionIcon aria-label="Zoom out" disabled={zoom <= 1} onClick={() => zoomBy(1 / 1.5)}>
              <ZoomOut size={16} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label="Zoom in (+)">
            <ActionIcon aria-label="Zoom in" disabled={zoom >= mostZoom} onClick={() => zoomBy(1.5)}>
              <ZoomIn size={16} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label="Fit (F)">
            <ActionIcon aria-label="Fit" disabled={zoom === 1} onClick={() => setZoom(1)}>
              <Maximize size={16} />
            </ActionIcon>
          </Tooltip>
        </div>
        {sample && (
          <SampleFields
            key={sample.ordinal}
            sample={sample}
            textField={textField}
            subsetFixed={subsetFixed}
            onEdit={onEdit}
            onPick={() => onPick(onLabel)}
            onNext={() => {
              onMove(1)
              // The field of the next picture takes the place of this one.
              requestAnimationFrame(() => {
                textField.current?.focus()
                textField.current?.select()
              })
            }}
          />
        )}
        {sample && (
          <Section
            title="Boxes"
            actions={
              <Tooltip label="New box (N), or draw one on the picture">
                <ActionIcon
                  size={20}
                  aria-label="New box"
                  onClick={() => addBox(middleBox(sample, newLabel))}
                >
                  <Plus size={14} />
                </ActionIcon>
              </Tooltip>
            }
          >
            {boxes.length === 0 && <p className="dim box-hint">Draw on the picture, or press N.</p>}
            {boxes.length > 0 && (
              <BoxList
                key={sample.ordinal}
                boxes={boxes}
                active={activeBox}
                onActive={setActiveBox}
                chosen={chosenBox}
                onChoose={setChosenBox}
              />
            )}
            {chosenBox !== null && chosen && (
              <BoxFields
                key={`${chosenBox} ${chosen.text}`}
                box={chosen}
                onText={(text) => commit(replaced(chosenBox, { ...chosen, text }))}
                onPick={() => labelBox(chosenBox, chosen)}
                onRemove={() => removeBox(chosenBox)}
              />
            )}
          </Section>
        )}
        {sample && (
          <Section title="File">
            <SampleFacts sample={sample} file />
          </Section>
        )}
        {children}
      </div>
    </Modal>
  )
}

/** The box that is chosen: its text, class, and removal. */
function BoxFields({
  box,
  onText,
  onPick,
  onRemove,
}: {
  box: LabelledBox
  onText: (text: string | null) => void
  onPick: () => void
  onRemove: () => void
}) {
  const [text, setText] = useState(box.text ?? '')
  const save = () => {
    if (text !== (box.text ?? '')) onText(text === '' ? null : text)
  }
  return (
    <div className="box-fields">
      <Textarea
        label="Text of the box"
        autosize
        maxRows={4}
        dir="auto"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onBlur={save}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey) return
          event.preventDefault()
          save()
        }}
      />
      <div className="box-tools">
        <Button size="compact-xs" variant="default" onClick={onPick}>
          Class of the box
        </Button>
        <Button size="compact-xs" variant="default" onClick={onRemove}>
          Remove the box
        </Button>
      </div>
    </div>
  )
}
