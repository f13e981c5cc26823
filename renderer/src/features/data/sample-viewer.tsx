import { ActionIcon, Modal, Tooltip } from '@mantine/core'
import { ChevronLeft, ChevronRight, SquareDashed, X } from 'lucide-react'
import { type CSSProperties, type KeyboardEvent, type ReactNode, useRef, useState } from 'react'
import type { Sample } from '../../../../core/contract/index.ts'
import { formatNumber } from '../../components/format.ts'
import { Section } from '../../components/section.tsx'
import { BoxList } from './box-list.tsx'
import { BoxOverlay } from './box-overlay.tsx'
import { SampleFacts } from './sample-facts.tsx'
import { samplePicture, showsPixels } from './sample-picture.ts'

/** One picture, large, with its facts; arrows go to the next and previous of the list. */
export function SampleViewer({
  sample,
  position,
  total,
  onMove,
  onClose,
  children,
}: {
  sample: Sample | undefined
  position: number | null
  total: number
  onMove: (step: 1 | -1) => void
  onClose: () => void
  /** More facts of the sample. */
  children?: ReactNode
}) {
  const [boxesShown, setBoxesShown] = useState(true)
  const closeButton = useRef<HTMLButtonElement>(null)
  const [activeBox, setActiveBox] = useState<number | null>(null)
  const boxes = sample?.boxes ?? []
  const move = (step: 1 | -1) => {
    setActiveBox(null)
    // The box that has the focus goes away with its picture; the keys must still reach the view.
    if (document.activeElement?.closest('.box-list')) closeButton.current?.focus()
    onMove(step)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowRight' || event.key === 'ArrowDown') move(1)
    else if (event.key === 'ArrowLeft' || event.key === 'ArrowUp') move(-1)
    else if (event.key === 'b') setBoxesShown(!boxesShown)
    else return
    event.preventDefault()
  }
  return (
    <Modal
      opened
      onClose={onClose}
      fullScreen
      withCloseButton={false}
      padding={0}
      transitionProps={{ duration: 0 }}
      classNames={{ body: 'large', content: 'large-frame' }}
      attributes={{ content: { 'aria-label': sample ? sample.path : 'Picture' } }}
      onKeyDown={onKeyDown}
    >
      <div className="large-picture">
        {sample && (
          <div className="picture-fit">
            <div
              className="picture-shape"
              style={{ '--ratio': sample.width / sample.height } as CSSProperties}
            >
              <img
                key={sample.hash}
                src={samplePicture(sample, 1600)}
                alt={sample.label === '' ? sample.path : `${sample.label}: ${sample.path}`}
                data-pixels={showsPixels(sample, 600)}
              />
              {boxesShown && (
                <BoxOverlay
                  key={sample.ordinal}
                  boxes={boxes}
                  width={sample.width}
                  height={sample.height}
                  active={activeBox}
                  onActive={setActiveBox}
                />
              )}
            </div>
          </div>
        )}
      </div>
      <div className="large-side">
        <div className="large-tools">
          <span className="tabular dim">
            {position !== null && `${formatNumber(position + 1)} of ${formatNumber(total)}`}
          </span>
          {boxes.length > 0 && (
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
          )}
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
            <ActionIcon ref={closeButton} aria-label="Close picture" data-autofocus onClick={onClose}>
              <X size={16} />
            </ActionIcon>
          </Tooltip>
        </div>
        {sample && <SampleFacts sample={sample} />}
        {children}
        {boxes.length > 0 && (
          <Section title="Boxes">
            <BoxList key={sample?.ordinal} boxes={boxes} active={activeBox} onActive={setActiveBox} />
          </Section>
        )}
      </div>
    </Modal>
  )
}
