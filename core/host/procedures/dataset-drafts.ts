import {
  describeStep,
  GlyphlabError,
  type LabelledBox,
  type ProcedureName,
  type SampleChange,
  type SampleEdit,
} from '../../contract/index.ts'
import { clipBoxes } from '../../datasets/transformations/draft-sample.ts'
import { draftSteps } from '../draft-recipe.ts'
import type { TransformJobInput } from '../jobs/transform-job.ts'
import type { Handlers, Services } from '../services.ts'

const names = [
  'datasets.edit',
  'datasets.undo',
  'datasets.redo',
  'datasets.draft',
  'datasets.discardDraft',
  'datasets.saveDraft',
] as const satisfies ProcedureName[]
export type DatasetDraftProcedure = (typeof names)[number]

const nfc = (text: string): string => text.normalize('NFC')

const boxInNfc = (box: LabelledBox): LabelledBox => ({
  ...box,
  label: nfc(box.label),
  text: box.text === null ? null : nfc(box.text),
})

/** An edit as the recipe that saves it would write it: NFC, boxes within their picture. @throws GlyphlabError INVALID_INPUT */
function normalised({ datasets, drafts }: Services, versionId: string, edit: SampleEdit): SampleEdit {
  if (edit.kind === 'change') {
    const { label, text, boxes, ...rest } = edit.set
    const set: SampleChange = rest
    if (label !== undefined) set.label = nfc(label)
    if (text !== undefined) set.text = text === null ? null : nfc(text)
    if (boxes !== undefined) {
      const [ordinal = -1, ...others] = edit.ordinals
      if (boxes.length > 0 && others.length > 0)
        throw new GlyphlabError('INVALID_INPUT', 'Boxes belong to one picture. Give each its own.')
      const sample = datasets.samplesAt(versionId, [ordinal]).get(ordinal)
      set.boxes = sample ? clipBoxes(boxes, sample.width, sample.height).map(boxInNfc) : []
    }
    if (Object.keys(set).length === 0)
      throw new GlyphlabError('INVALID_INPUT', 'The edit sets nothing. Name at least one field.')
    return { ...edit, ordinals: [...new Set(edit.ordinals)], set }
  }
  if (edit.kind === 'delete') return { ...edit, ordinals: [...new Set(edit.ordinals)] }
  if (edit.kind === 'merge-classes') return { ...edit, into: nfc(edit.into) }
  const to = nfc(edit.to)
  const { labels, boxLabels } = drafts.state(versionId)
  const taken = [...labels, ...boxLabels].some(({ label, total }) => label === to && total > 0)
  if (taken)
    throw new GlyphlabError(
      'INVALID_INPUT',
      `There is a class "${to}" already. To make one of both, merge "${edit.from}" into "${to}".`,
    )
  return { ...edit, to }
}

/** A version's draft: edits in a journal, which a recipe makes a new version of. */
export function datasetDraftProcedures(services: Services): Pick<Handlers, DatasetDraftProcedure> {
  const { datasets, drafts, queue, events } = services
  const changed = (versionId: string) => events.emit({ type: 'draft.changed', versionId })
  const state = async (versionId: string, split: string | undefined) => {
    await drafts.prepare(versionId, split)
    return drafts.state(versionId, split)
  }
  return {
    'datasets.edit': ({ versionId, edit, split }) => {
      drafts.edit(versionId, normalised(services, versionId, edit))
      changed(versionId)
      return state(versionId, split)
    },
    'datasets.undo': ({ versionId, split }) => {
      if (drafts.undo(versionId)) changed(versionId)
      return state(versionId, split)
    },
    'datasets.redo': ({ versionId, split }) => {
      if (drafts.redo(versionId)) changed(versionId)
      return state(versionId, split)
    },
    'datasets.draft': async ({ versionId, split, offset, limit }) => {
      await drafts.prepare(versionId, split)
      return drafts.list(versionId, split, offset, limit)
    },
    'datasets.discardDraft': ({ versionId }) => {
      const discarded = drafts.forget(versionId, Number.MAX_SAFE_INTEGER)
      changed(versionId)
      return { discarded }
    },
    'datasets.saveDraft': async ({ versionId, note }) => {
      const version = datasets.brief(versionId)
      await drafts.prepare(versionId)
      const { done, draft, originals } = drafts.edits(versionId)
      const steps = draftSteps(
        done,
        draft,
        {
          samples: new Set(version.labels.map(({ label }) => label)),
          boxes: new Set(version.boxLabels.map(({ label }) => label)),
        },
        (ordinal) => originals.get(ordinal)?.path ?? '',
      )
      const [first] = steps
      if (!first)
        throw new GlyphlabError(
          'INVALID_INPUT',
          `${version.datasetName} v${version.number} has no unsaved edits: there is nothing to save.`,
        )
      const what = steps.length === 1 ? describeStep(first) : `${done.length} edits`
      const job: TransformJobInput = {
        versionId,
        steps,
        name: version.datasetName,
        note,
        draftUpTo: drafts.lastSequence(versionId),
      }
      return {
        jobId: queue.add('dataset-transform', `${version.datasetName} v${version.number}: ${what}`, job).id,
      }
    },
  }
}
