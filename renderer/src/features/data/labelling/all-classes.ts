import type { LabelCount } from '../../../../../core/contract/index.ts'

/** A class that pictures or boxes have. */
export interface NamedClass {
  label: string
  /** Pictures of the class. */
  pictures: number
  boxes: number
  total: number
}

/** Every class once: those of the pictures in their order, then those that only boxes have. */
export function allClasses(labels: readonly LabelCount[], boxLabels: readonly LabelCount[]): NamedClass[] {
  const boxes = new Map(boxLabels.map(({ label, total }) => [label, total]))
  const named = new Set(labels.map(({ label }) => label))
  return [
    ...labels.map(({ label, total }) => ({ label, pictures: total, boxes: boxes.get(label) ?? 0 })),
    ...boxLabels
      .filter(({ label }) => label !== '' && !named.has(label))
      .map(({ label, total }) => ({ label, pictures: 0, boxes: total })),
  ].map((one) => ({ ...one, total: one.pictures + one.boxes }))
}
