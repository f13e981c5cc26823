import { ActionIcon, Modal, Tooltip } from '@mantine/core'
import { ChevronLeft, ChevronRight, X } from 'lucide-react'
import type { KeyboardEvent } from 'react'
import type { Sample } from '../../../../core/contract/index.ts'
import { formatNumber } from '../../components/format.ts'
import { SampleFacts } from './sample-facts.tsx'
import { samplePicture, showsPixels } from './sample-picture.ts'

/** One picture, large, with its facts; arrows go to the next and previous of the list. */
export function SampleViewer({
  sample,
  position,
  total,
  onMove,
  onClose,
}: {
  sample: Sample | undefined
  position: number | null
  total: number
  onMove: (step: 1 | -1) => void
  onClose: () => void
}) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowRight' || event.key === 'ArrowDown') onMove(1)
    else if (event.key === 'ArrowLeft' || event.key === 'ArrowUp') onMove(-1)
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
          <img
            key={sample.hash}
            src={samplePicture(sample, 1600)}
            alt={`${sample.label}: ${sample.path}`}
            data-pixels={showsPixels(sample, 600)}
          />
        )}
      </div>
      <div className="large-side">
        <div className="large-tools">
          <span className="tabular dim">
            {position !== null && `${formatNumber(position + 1)} of ${formatNumber(total)}`}
          </span>
          <Tooltip label="Previous (←)">
            <ActionIcon aria-label="Previous picture" disabled={!position} onClick={() => onMove(-1)}>
              <ChevronLeft size={16} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label="Next (→)">
            <ActionIcon
              aria-label="Next picture"
              disabled={position === null || position >= total - 1}
              onClick={() => onMove(1)}
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
        {sample && <SampleFacts sample={sample} />}
      </div>
    </Modal>
  )
}
