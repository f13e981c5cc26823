import { GlyphlabError, type Subset } from '../../contract/index.ts'
import { readSourceFile } from '../read-file.ts'
import type { Importer, ImportSource } from './importer.ts'

const subsetFolders: Record<string, Subset> = {
  train: 'train',
  training: 'train',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  test: 'test',
  testing: 'test',
}

const topFolder = (path: string): string => path.slice(0, Math.max(0, path.indexOf('/')))

/** The subset that each top-level folder stands for, when all of them are named like subsets. */
function subsetsByFolder({ scan }: ImportSource): Map<string, Subset> | null {
  const folders = new Set(
    [...scan.files.map(({ path }) => path), ...scan.emptyFolders.map((folder) => `${folder}/`)].map(
      topFolder,
    ),
  )
  folders.delete('')
  const subsets = new Map<string, Subset>()
  for (const folder of folders) {
    const subset = subsetFolders[folder.toLowerCase()]
    if (!subset) return null
    subsets.set(folder, subset)
  }
  return subsets.size > 0 ? subsets : null
}

/** A folder for each class, nested as deep as you like; optionally below folders `train`, `val`, `test`. */
export const classFolders: Importer = {
  id: 'class-folders',
  title: 'A folder for each class',

  detects: ({ scan }) => scan.files.some(({ path }) => path.includes('/')),

  async plan(source) {
    const { scan } = source
    const subsets = subsetsByFolder(source)
    const depth = subsets ? 1 : 0
    const candidates = []
    for (const { path, file } of scan.files) {
      const parts = path.split('/')
      const label = parts.length > depth + 1 ? parts[depth] : undefined
      if (label === undefined) {
        scan.refused.push({ path, reason: 'it lies in no class folder' })
        continue
      }
      const subset = subsets?.get(parts[0] ?? '') ?? null
      candidates.push({
        path: path.normalize('NFC'),
        label: label.normalize('NFC'),
        subset,
        read: () => readSourceFile(file),
        info: null,
      })
    }
    if (candidates.length === 0) {
      throw new GlyphlabError(
        'INVALID_INPUT',
        `${source.root} has no pictures in class folders. Put the pictures of each class into a folder with the class's name.`,
      )
    }
    const classFolder = (folder: string) => folder.split('/').length === depth + 1
    const warnings = scan.emptyFolders
      .filter(classFolder)
      .map((folder) => `The class folder "${folder}" is empty.`)
    return { candidates, warnings }
  },
}
