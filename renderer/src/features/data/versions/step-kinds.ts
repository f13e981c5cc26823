import { type RecipeStep, recipeStep } from '../../../../../core/contract/index.ts'

type Kind = RecipeStep['kind']

/** The steps that a person puts together by hand; single pictures are relabelled in the grid. */
export const stepKinds: { kind: Kind; title: string; help: string }[] = [
  { kind: 'filter', title: 'Filter', help: 'Keep or drop pictures by class, subset, path or size.' },
  { kind: 'rename-class', title: 'Rename a class', help: 'Give a class another name.' },
  { kind: 'merge-classes', title: 'Merge classes', help: 'Make one class of several.' },
  { kind: 'deduplicate', title: 'Remove duplicates', help: 'Of equal pictures only one stays.' },
  { kind: 'balance', title: 'Balance classes', help: 'As many pictures of each class.' },
  { kind: 'resize', title: 'Resize', help: 'Scale every picture.' },
  { kind: 'crop-boxes', title: 'Cut out boxes', help: 'A picture for each box.' },
  { kind: 'augment', title: 'Augment', help: 'Add changed copies for training.' },
  { kind: 'merge', title: 'Merge with a version', help: 'Add the pictures of another version.' },
  { kind: 'split', title: 'Split', help: 'Divide into train, validation and test anew.' },
]

/** What can be done with the rows of a table. */
export const rowStepKinds = stepKinds.filter(
  ({ kind }) => !['resize', 'crop-boxes', 'augment', 'merge'].includes(kind),
)

export const titleOf = (kind: Kind): string => stepKinds.find((one) => one.kind === kind)?.title ?? kind

/** A step as it stands in a form: perhaps not yet whole. */
export interface DraftStep {
  id: number
  kind: Kind
  value: Record<string, unknown>
}

const starts: Partial<Record<Kind, Record<string, unknown>>> = {
  filter: { action: 'keep', where: {} },
  'merge-classes': { from: [], into: '' },
  'rename-class': { from: '', to: '' },
  deduplicate: { keep: 'first', conflicts: 'keep-one' },
  balance: { to: 'median', subsets: ['train'] },
  resize: { width: 64, height: 64, mode: 'contain' },
  'crop-boxes': { padding: 0 },
  augment: {
    copies: 1,
    rotate: 10,
    shift: 0.05,
    brightness: 0.1,
    noise: 0,
    flipHorizontal: false,
    flipVertical: false,
  },
  merge: { versionId: '', conflict: 'refuse' },
  split: { rule: { kind: 'stratified' } },
}

export const startOf = (kind: Kind): Record<string, unknown> => ({ ...starts[kind] })

/** What is still missing in a step, in the person's words; null when it is whole. */
export function missingIn({ kind, value }: DraftStep): string | null {
  if (kind === 'filter' && Object.keys(value['where'] ?? {}).length === 0) return 'Say which pictures.'
  if (kind === 'rename-class' && (value['from'] === '' || value['to'] === ''))
    return 'Choose a class and type its new name.'
  if (
    kind === 'merge-classes' &&
    (!Array.isArray(value['from']) || value['from'].length < 2 || value['into'] === '')
  )
    return 'Choose two classes or more and type the name of the one they become.'
  if (kind === 'merge' && value['versionId'] === '') return 'Choose a version.'
  const parsed = recipeStep.safeParse({ kind, ...value })
  if (parsed.success) return null
  const [issue] = parsed.error.issues
  return issue ? `${issue.path.join('.')}: ${issue.message}` : null
}

/** The steps as the engine takes them; null while one is not whole. */
export function wholeSteps(drafts: readonly DraftStep[]): RecipeStep[] | null {
  if (drafts.length === 0 || drafts.some((draft) => missingIn(draft) !== null)) return null
  return drafts.map(({ kind, value }) => recipeStep.parse({ kind, ...value }))
}
