import type { LabelledBox } from '../../../contract/index.ts'
import type { FindingDraft } from '../../../domain/finding-draft.ts'
import { type CheckedSample, type Evidence, member, plural } from './finding-draft.ts'

export const isEmptyBox = ({ x0, y0, x1, y1 }: LabelledBox): boolean => !(x1 > x0 && y1 > y0)

const reachesOut = (
  { x0, y0, x1, y1 }: LabelledBox,
  { width, height }: Pick<CheckedSample, 'width' | 'height'>,
): boolean => x0 < 0 || y0 < 0 || x1 > width || y1 > height

const sameBox = (a: LabelledBox, b: LabelledBox): boolean =>
  a.label === b.label && a.x0 === b.x0 && a.y0 === b.y0 && a.x1 === b.x1 && a.y1 === b.y1

export const isRepeated = (box: LabelledBox, index: number, boxes: readonly LabelledBox[]): boolean =>
  boxes.findIndex((other) => sameBox(other, box)) < index

/** Boxes that reach out of their picture, have no area, or are there twice. */
export function boxFindings({ samples }: Evidence): FindingDraft[] {
  const check = (
    kind: FindingDraft['kind'],
    severity: FindingDraft['severity'],
    test: (box: LabelledBox, index: number, sample: CheckedSample) => boolean,
    title: (boxes: number, samples: number) => string,
    detail: string,
  ): FindingDraft[] => {
    let total = 0
    const members = samples.flatMap((sample, ordinal) => {
      const count = sample.boxes.filter((box, index) => test(box, index, sample)).length
      total += count
      return count === 0 ? [] : [member(ordinal, plural(count, 'box', 'boxes'))]
    })
    if (members.length === 0) return []
    return [{ kind, severity, title: title(total, members.length), detail, groupCount: 0, members }]
  }
  const on = (count: number) => `of ${plural(count, 'picture')}`
  return [
    ...check(
      'box-outside',
      'warning',
      (box, _, sample) => !isEmptyBox(box) && reachesOut(box, sample),
      (boxes, count) =>
        `${plural(boxes, 'box', 'boxes')} ${on(count)} ${boxes === 1 ? 'reaches' : 'reach'} out of the picture`,
      'Coordinates beyond the edge: often a turned picture, or boxes made for another size.',
    ),
    ...check(
      'box-empty',
      'warning',
      (box) => isEmptyBox(box),
      (boxes, count) =>
        `${plural(boxes, 'box', 'boxes')} ${on(count)} ${boxes === 1 ? 'has' : 'have'} no area`,
      'Width or height is 0 or less: some trainers fail on them.',
    ),
    ...check(
      'box-twice',
      'note',
      (box, index, sample) => isRepeated(box, index, sample.boxes),
      (boxes, count) =>
        `${plural(boxes, 'box', 'boxes')} ${on(count)} ${boxes === 1 ? 'is' : 'are'} there twice`,
      'The same class at the same place.',
    ),
  ]
}
