import { z } from 'zod'
import { labelledBox, subset } from './entities.ts'

/** How a version is made from another: steps in order. Recorded with the version, and replayed onto another. */

const seed = z
  .number()
  .int()
  .min(0)
  .max(2 ** 31 - 1)
  .default(42)
const share = z.number().min(0).max(1)
const pixels = z.number().int().min(1).max(16_383)
export const className = z.string().max(500)
const paths = z.array(z.string().min(1)).min(1).max(1_000_000)

export const splitFractions = z
  .object({ train: share, validation: share, test: share })
  .refine(({ train, validation, test }) => train + validation + test > 0, 'one share must be more than 0')
  .default({ train: 0.8, validation: 0.1, test: 0.1 })

const drawn = { fractions: splitFractions, seed }
const randomSplit = z.object({ kind: z.literal('random'), ...drawn })
/** Each class is cut alike. */
const stratifiedSplit = z.object({ kind: z.literal('stratified'), ...drawn })
/** No group lies in two subsets; classes are cut as alike as the groups allow. */
const groupedSplit = z.object({ kind: z.literal('grouped'), ...drawn })
/** By the folders that the paths begin with; left out: folders named train, val, test and the like. */
const folderSplit = z.object({
  kind: z.literal('by-folder'),
  folders: z.partialRecord(subset, z.array(z.string().min(1))).optional(),
})
/** By the content's hash: a picture keeps its subset when others come or go. */
const hashSplit = z.object({ kind: z.literal('by-hash'), ...drawn })
/** `folds` splits: each fold is the test set of one; `validation` of the rest is cut off for choosing the best epoch. */
const foldSplit = z.object({
  kind: z.literal('k-fold'),
  folds: z.number().int().min(2).max(100).default(5),
  validation: z.number().min(0).max(0.5).default(0.1),
  grouped: z.boolean().default(false),
  seed,
})

/** A rule that gives each sample one subset. Equal content is always together. */
export const subsetRule = z.discriminatedUnion('kind', [
  randomSplit,
  stratifiedSplit,
  groupedSplit,
  folderSplit,
  hashSplit,
])
export type SubsetRule = z.infer<typeof subsetRule>

export const splitRule = z.discriminatedUnion('kind', [...subsetRule.options, foldSplit])
export type SplitRule = z.infer<typeof splitRule>

/** All that is given must hold. Sizes in px of the displayed picture. */
export const sampleCondition = z.object({
  labels: z.array(className).min(1).optional(),
  subsets: z.array(subset).min(1).optional(),
  paths: paths.optional(),
  /** Positions in the version that the recipe is applied to; recorded as paths. */
  ordinals: z.array(z.number().int().min(0)).min(1).max(1_000_000).optional(),
  /** `*`: anything but a slash, `**`: anything, `?`: one character. */
  glob: z.string().min(1).max(1_000).optional(),
  groups: z.array(z.string()).min(1).optional(),
  minWidth: pixels.optional(),
  maxWidth: pixels.optional(),
  minHeight: pixels.optional(),
  maxHeight: pixels.optional(),
  text: z.enum(['present', 'absent']).optional(),
  textContains: z.string().min(1).optional(),
  boxes: z.enum(['present', 'absent']).optional(),
})
export type SampleCondition = z.infer<typeof sampleCondition>

export const sampleChange = z.object({
  label: className.optional(),
  text: z.string().nullable().optional(),
  value: z.number().nullable().optional(),
  group: z.string().min(1).nullable().optional(),
  boxes: z.array(labelledBox).optional(),
  subset: subset.optional(),
})
export type SampleChange = z.infer<typeof sampleChange>

const filterStep = z.object({
  kind: z.literal('filter'),
  action: z.enum(['keep', 'drop']).default('keep'),
  where: sampleCondition,
})
/** `map` renames classes of whatever samples have them; then each edit sets what it names on its paths. */
const relabelStep = z.object({
  kind: z.literal('relabel'),
  map: z.record(className, className).default({}),
  edits: z
    .array(z.object({ paths, set: sampleChange }))
    .max(100_000)
    .default([]),
})
const mergeClassesStep = z.object({
  kind: z.literal('merge-classes'),
  from: z.array(className).min(1),
  into: className,
})
const renameClassStep = z.object({ kind: z.literal('rename-class'), from: className, to: className })
/** Of equal content one sample stays; `groups` lists paths that count as equal too (near-duplicates). */
const deduplicateStep = z.object({
  kind: z.literal('deduplicate'),
  keep: z.enum(['first', 'last', 'largest']).default('first'),
  /** Keeps the copy of this subset where there is one, so that a test set stays whole. */
  prefer: subset.optional(),
  /** What becomes of equal content under two classes. */
  conflicts: z.enum(['keep-one', 'drop-all']).default('keep-one'),
  groups: z.array(paths).max(1_000_000).default([]),
})
/** Draws as many samples of each class; more than there are by repeating some under new paths. */
const balanceStep = z.object({
  kind: z.literal('balance'),
  to: z.union([z.number().int().min(1).max(1_000_000), z.enum(['smallest', 'median', 'largest'])]),
  subsets: z.array(subset).min(1).default(['train']),
  seed,
})
/** `fit`: within width x height, keeping its shape; `contain`: the same on white of that size; `fill`: stretched. */
const resizeStep = z.object({
  kind: z.literal('resize'),
  width: pixels,
  height: pixels,
  mode: z.enum(['fit', 'fill', 'contain']).default('fit'),
})
/** A picture for each box; class and text come from the box, the group is the path of the picture it was cut from. */
const cropBoxesStep = z.object({
  kind: z.literal('crop-boxes'),
  labels: z.array(className).min(1).optional(),
  /** Px added on each side, within the picture. */
  padding: z.number().int().min(0).max(1_000).default(0),
})
/** Adds `copies` changed copies of each sample of the subsets; a copy's group is its original's path (or its group). */
const augmentStep = z.object({
  kind: z.literal('augment'),
  copies: z.number().int().min(1).max(50).default(1),
  subsets: z.array(subset).min(1).default(['train']),
  flipHorizontal: z.boolean().default(false),
  flipVertical: z.boolean().default(false),
  /** At most this many degrees either way. */
  rotate: z.number().min(0).max(180).default(0),
  /** At most this share of the side, each way. */
  shift: z.number().min(0).max(0.5).default(0),
  /** Standard deviation as a share of the range. */
  noise: z.number().min(0).max(1).default(0),
  /** At most this share brighter or darker. */
  brightness: z.number().min(0).max(1).default(0),
  seed,
})
/** Adds another version's samples. `conflict`: what becomes of a path that both have with different content or labels. */
const mergeStep = z.object({
  kind: z.literal('merge'),
  versionId: z.string().min(1),
  conflict: z.enum(['refuse', 'keep-this', 'take-other', 'keep-both']).default('refuse'),
})
const splitStep = z.object({ kind: z.literal('split'), rule: subsetRule })

export const recipeStep = z.discriminatedUnion('kind', [
  filterStep,
  relabelStep,
  mergeClassesStep,
  renameClassStep,
  deduplicateStep,
  balanceStep,
  resizeStep,
  cropBoxesStep,
  augmentStep,
  mergeStep,
  splitStep,
])
export type RecipeStep = z.infer<typeof recipeStep>
/** As it may be written: defaults left out. */
export type RecipeStepInput = z.input<typeof recipeStep>
export type StepOf<K extends RecipeStep['kind']> = Extract<RecipeStep, { kind: K }>

export const recipeSteps = z.array(recipeStep).min(1, 'a recipe needs at least one step').max(100)
export const recipe = z.object({ steps: recipeSteps })
export type Recipe = z.infer<typeof recipe>
