import type { Subset } from '../../contract/index.ts'
import { subsetNamed } from '../formats/subset-names.ts'
import type { ImportSource } from './importer.ts'

const topFolder = (path: string): string => path.slice(0, Math.max(0, path.indexOf('/')))

/** The subset that each top-level folder stands for, when all of them are named like subsets. */
export function subsetsByFolder({ scan }: ImportSource): Map<string, Subset> | null {
  const folders = new Set(
    [...scan.files.map(({ path }) => path), ...scan.emptyFolders.map((folder) => `${folder}/`)].map(
      topFolder,
    ),
  )
  folders.delete('')
  const subsets = new Map<string, Subset>()
  for (const folder of folders) {
    const subset = subsetNamed(folder)
    if (!subset) return null
    subsets.set(folder, subset)
  }
  return subsets.size > 0 ? subsets : null
}
