import type { LabelledBox, StepOf } from '../../contract/index.ts'
import { clipBoxes, type DraftSample } from './draft-sample.ts'

/** Size in px of a picture scaled to lie within width x height. */
function within(sample: DraftSample, width: number, height: number): { width: number; height: number } {
  const scale = Math.min(width / sample.width, height / sample.height)
  return {
    width: Math.max(1, Math.min(width, Math.round(sample.width * scale))),
    height: Math.max(1, Math.min(height, Math.round(sample.height * scale))),
  }
}

/** A picture that has the size already keeps its bytes. */
export function resize(samples: readonly DraftSample[], step: StepOf<'resize'>): DraftSample[] {
  return samples.map((sample) => {
    const inner = step.mode === 'fill' ? step : within(sample, step.width, step.height)
    const outer = step.mode === 'contain' ? step : inner
    if (sample.width === outer.width && sample.height === outer.height) return sample
    const [left, top] = [
      Math.floor((outer.width - inner.width) / 2),
      Math.floor((outer.height - inner.height) / 2),
    ]
    const [scaleX, scaleY] = [inner.width / sample.width, inner.height / sample.height]
    const boxes = sample.boxes.map(
      (box): LabelledBox => ({
        ...box,
        x0: box.x0 * scaleX + left,
        x1: box.x1 * scaleX + left,
        y0: box.y0 * scaleY + top,
        y1: box.y1 * scaleY + top,
      }),
    )
    return {
      ...sample,
      width: outer.width,
      height: outer.height,
      mediaType: 'image/png',
      boxes: clipBoxes(boxes, outer.width, outer.height),
      pending: [
        ...sample.pending,
        {
          kind: 'resize',
          width: outer.width,
          height: outer.height,
          mode: step.mode === 'contain' ? 'on-white' : 'stretch',
        },
      ],
    }
  })
}
