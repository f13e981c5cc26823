import type { SampleCondition, StepOf } from '../../contract/index.ts'
import { type DraftSample, requireClasses, requirePaths, type StepContext } from './draft-sample.ts'

/** `*`: anything but a slash, `**`: anything, `?`: one character that is no slash. */
export function globPattern(glob: string): RegExp {
  const source = glob.replace(/\*\*\/?|[*?]|[\\^$.|+()[\]{}]/g, (token) => {
    if (token === '**/') return '(?:.*/)?'
    if (token === '**') return '.*'
    if (token === '*') return '[^/]*'
    return token === '?' ? '[^/]' : `\\${token}`
  })
  return new RegExp(`^${source}$`, 'su')
}

function matcher(where: SampleCondition): (sample: DraftSample) => boolean {
  const labels = where.labels && new Set(where.labels)
  const subsets = where.subsets && new Set(where.subsets)
  const paths = where.paths && new Set(where.paths)
  const groups = where.groups && new Set(where.groups)
  const glob = where.glob === undefined ? undefined : globPattern(where.glob)
  const { minWidth = 0, minHeight = 0, maxWidth = Infinity, maxHeight = Infinity } = where
  return (sample) =>
    (!labels || labels.has(sample.label)) &&
    (!subsets || subsets.has(sample.subset)) &&
    (!paths || paths.has(sample.path)) &&
    (!groups || (sample.group !== null && groups.has(sample.group))) &&
    (!glob || glob.test(sample.path)) &&
    sample.width >= minWidth &&
    sample.width <= maxWidth &&
    sample.height >= minHeight &&
    sample.height <= maxHeight &&
    (where.text === undefined || ((sample.text ?? '') !== '') === (where.text === 'present')) &&
    (where.textContains === undefined || (sample.text ?? '').includes(where.textContains.normalize('NFC'))) &&
    (where.boxes === undefined || sample.boxes.length > 0 === (where.boxes === 'present'))
}

export function filterSamples(
  samples: readonly DraftSample[],
  { action, where }: StepOf<'filter'>,
  context: StepContext,
): DraftSample[] {
  if (where.labels) requireClasses(samples, where.labels)
  if (where.paths) requirePaths(samples, new Set(where.paths), context)
  const matches = matcher(where)
  return samples.filter((sample) => matches(sample) === (action === 'keep'))
}
