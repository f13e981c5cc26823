import { GlyphlabError, type SampleChange, type StepOf } from '../../contract/index.ts'
import {
  clipBoxes,
  type DraftSample,
  requireClasses,
  requirePaths,
  type StepContext,
} from './draft-sample.ts'

const nfc = (text: string): string => text.normalize('NFC')

function changed(sample: DraftSample, set: SampleChange): DraftSample {
  const next = { ...sample }
  if (set.label !== undefined) next.label = nfc(set.label)
  if (set.text !== undefined) next.text = set.text === null ? null : nfc(set.text)
  if (set.value !== undefined) next.value = set.value
  if (set.group !== undefined) next.group = set.group
  if (set.subset !== undefined) next.subset = set.subset
  if (set.boxes !== undefined)
    next.boxes = clipBoxes(set.boxes, sample.width, sample.height).map((box) => ({
      ...box,
      label: nfc(box.label),
      text: box.text === null ? null : nfc(box.text),
    }))
  return next
}

export function relabel(
  samples: readonly DraftSample[],
  { map, edits }: StepOf<'relabel'>,
  context: StepContext,
): DraftSample[] {
  const renamed = new Map(Object.entries(map))
  if (renamed.size === 0 && edits.length === 0)
    throw new GlyphlabError('INVALID_INPUT', 'It names no class and no picture to relabel. Add at least one.')
  requireClasses(samples, [...renamed.keys()])
  const changes = new Map<string, SampleChange>()
  for (const { paths, set } of edits)
    for (const path of paths) changes.set(path, { ...changes.get(path), ...set })
  if (changes.size > 0) requirePaths(samples, new Set(changes.keys()), context)
  return samples.map((sample) => {
    const label = renamed.get(sample.label)
    const mapped = label === undefined ? sample : { ...sample, label: nfc(label) }
    const set = changes.get(sample.path)
    return set ? changed(mapped, set) : mapped
  })
}
