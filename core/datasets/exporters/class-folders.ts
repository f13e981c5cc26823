import { z } from 'zod'
import type { Subset } from '../../contract/index.ts'
import type { ExportSample } from '../export-messages.ts'
import { counted, listed } from '../formats/notes.ts'
import { subsetNamed } from '../formats/subset-names.ts'
import { parseOptions } from '../options.ts'
import type { Exporter } from './exporter.ts'
import { losses } from './losses.ts'
import { safeName, safePaths, UniqueNames } from './safe-names.ts'

/** `auto`: folders `train`, `val`, `test` where the split came from such folders. */
const folderOptions = z.object({ subsets: z.enum(['auto', 'yes', 'no']).default('auto') })

export const subsetFolder: Record<Subset, string> = { train: 'train', validation: 'val', test: 'test' }

const noClass = 'no class'

/** The path without the folders that it begins with already. */
function rest(parts: string[], folders: (string | undefined)[]): string[] {
  let left = parts
  for (const folder of folders) if (left.length > 1 && left[0] === folder) left = left.slice(1)
  return left
}

/** The folder for each class: no two of them may be one to a file system that does not tell cases apart. */
function classFolderNames(samples: readonly ExportSample[]): Map<string, string> {
  const names = new UniqueNames()
  const labels = [...new Set(samples.map(({ label }) => label))]
  return new Map(labels.map((label) => [label, names.take(safeName(label === '' ? noClass : label))]))
}

export const classFolders: Exporter = {
  id: 'class-folders',
  title: 'A folder for each class',
  description: 'The pictures in a folder for each class, below train, val and test if you like.',

  async write({ samples, options, writer, version }) {
    const { subsets } = parseOptions(folderOptions, options, 'class-folders')
    const bySubset = subsets === 'yes' || (subsets === 'auto' && version.splitKind === 'by-folder')
    const folders = classFolderNames(samples)
    const wanted = samples.map(({ path, label, subset }) => {
      const parts = path.split('/')
      const own = subsetNamed(parts[0] ?? '') !== null && parts.length > 1 ? parts[0] : undefined
      // `training/` stays what it was called where it says the same.
      const top = own !== undefined && subsetNamed(own) === subset ? own : subsetFolder[subset]
      const below = rest(parts, [bySubset ? own : undefined, label])
      return [...(bySubset ? [top] : []), folders.get(label) ?? noClass, ...below].join('/')
    })
    const { paths, warnings } = safePaths(wanted)
    for (const [index, sample] of samples.entries()) await writer.picture(paths[index] ?? '', sample)
    const moved = samples.filter(({ path }, index) => path !== wanted[index])
    const renamed = [...folders].filter(([label, folder]) => label !== folder)
    return [
      ...warnings,
      ...(renamed.length > 0
        ? [
            `${counted(renamed.length, 'class', 'classes')} stand${renamed.length === 1 ? 's' : ''} in a folder of another name: ${listed(renamed.map(([label, folder]) => `"${label}" in "${folder}"`))}.`,
          ]
        : []),
      ...(moved.length > 0
        ? [
            `${counted(moved.length, 'picture')} moved to another folder than ${moved.length === 1 ? 'its' : 'their'} path names, such as ${listed(moved.map(({ path }) => path))}.`,
          ]
        : []),
      ...losses(samples, ['text', 'value', 'group', 'boxes', ...(bySubset ? [] : (['subset'] as const))]),
    ]
  },
}
