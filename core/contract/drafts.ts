import { z } from 'zod'
import { labelCount, sample, subset, timestamp } from './entities.ts'
import { className, sampleChange } from './recipes.ts'

/** The draft of a version: edits that are kept in a journal until they make a new version, or are thrown away. */

const ordinals = z.array(z.number().int().min(0)).min(1).max(1_000_000)

/** `ordinals`: positions in the version. Of two edits of the same field the later one counts. */
export const sampleEdit = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('change'), ordinals, set: sampleChange }),
  z.object({ kind: z.literal('delete'), ordinals }),
  /** Also of boxes. */
  z.object({ kind: z.literal('rename-class'), from: className, to: className }),
  z.object({
    kind: z.literal('merge-classes'),
    from: z.array(className).min(1).max(10_000),
    into: className,
  }),
])
export type SampleEdit = z.infer<typeof sampleEdit>

/** A sample as its version and the draft have it. */
export const browsedSample = sample.extend({
  /** Whether the draft changes it; a renamed class alone does not count. */
  edited: z.boolean(),
})
export type BrowsedSample = z.infer<typeof browsedSample>

export const draftState = z.object({
  versionId: z.string(),
  /** Edits that count. */
  count: z.number().int(),
  /** What `datasets.undo` would take back, in words; null: there is nothing. */
  undo: z.string().nullable(),
  redo: z.string().nullable(),
  sampleCount: z.number().int(),
  /** Of the split that was asked for. */
  counts: z.record(subset, z.number().int()),
  /** Those of the version first, in its order, also where none is left; then the new ones, by their first use. */
  labels: z.array(labelCount),
  /** Of the boxes, in the same order. */
  boxLabels: z.array(labelCount),
})
export type DraftState = z.infer<typeof draftState>

export const draftEdits = draftState.extend({
  /** Newest first; `undone` ones can be done again. */
  edits: z.array(
    z.object({ sequence: z.number().int(), at: timestamp, words: z.string(), undone: z.boolean() }),
  ),
  /** All edits, undone ones too. */
  total: z.number().int(),
})
export type DraftEdits = z.infer<typeof draftEdits>

const fieldWords = {
  label: 'Class',
  text: 'Text',
  value: 'Value',
  group: 'Group',
  boxes: 'Boxes',
  subset: 'Subset',
}

const quoted = (name: string): string => (name === '' ? 'no class' : `“${name}”`)

/** An edit in words; `what` names its samples: a path, or `3 pictures`. */
export function describeEdit(edit: SampleEdit, what: string): string {
  switch (edit.kind) {
    case 'delete':
      return `Remove ${what}`
    case 'rename-class':
      return `Rename the class ${quoted(edit.from)} to ${quoted(edit.to)}`
    case 'merge-classes':
      return `Merge ${edit.from.map(quoted).join(', ')} into ${quoted(edit.into)}`
    case 'change': {
      const parts = Object.entries(edit.set).map(([field, value]) => {
        const word = fieldWords[field as keyof typeof fieldWords]
        if (Array.isArray(value)) return `${word}: ${value.length}`
        return `${word}: ${value === null ? 'none' : value === '' ? (field === 'label' ? 'no class' : 'empty') : value}`
      })
      return `${parts.join(', ')} (${what})`
    }
  }
}
