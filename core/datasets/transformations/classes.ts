import { GlyphlabError, type StepOf } from '../../contract/index.ts'
import { type DraftSample, requireClasses } from './draft-sample.ts'

/** Gives the label `to` to every sample, and every box, of the classes `from`. */
function move(samples: readonly DraftSample[], from: readonly string[], to: string): DraftSample[] {
  const old = new Set(from)
  const label = to.normalize('NFC')
  return samples.map((sample) => {
    const boxes = sample.boxes.some((box) => old.has(box.label))
      ? sample.boxes.map((box) => (old.has(box.label) ? { ...box, label } : box))
      : sample.boxes
    return old.has(sample.label)
      ? { ...sample, label, boxes }
      : boxes === sample.boxes
        ? sample
        : { ...sample, boxes }
  })
}

/** Classes of boxes count too: a picture of many objects has its classes there. */
function requireAnywhere(samples: readonly DraftSample[], wanted: readonly string[]): void {
  const boxed = new Set(samples.flatMap(({ boxes }) => boxes.map(({ label }) => label)))
  requireClasses(
    samples,
    wanted.filter((label) => !boxed.has(label)),
  )
}

export function mergeClasses(
  samples: readonly DraftSample[],
  { from, into }: StepOf<'merge-classes'>,
): DraftSample[] {
  requireAnywhere(samples, from)
  return move(samples, from, into)
}

export function renameClass(
  samples: readonly DraftSample[],
  { from, to }: StepOf<'rename-class'>,
): DraftSample[] {
  requireAnywhere(samples, [from])
  if (samples.some(({ label }) => label === to.normalize('NFC')))
    throw new GlyphlabError(
      'INVALID_INPUT',
      `There is a class "${to}" already. To make one of both, merge "${from}" into "${to}".`,
    )
  return move(samples, [from], to)
}
