import { GlyphlabError } from '../../contract/index.ts'
import { extensionOf, isPictureName } from '../formats/picture-name.ts'
import { parseOptions, withoutOptions } from '../options.ts'
import { readSourceFile } from '../read-file.ts'
import type { Importer, ImportSource } from './importer.ts'
import { subsetsByFolder } from './subset-folders.ts'

/**
 * How many folders lie one in the other above the folders that differ: `Dataset/0/x.png`, `Dataset/1/y.png` have one.
 * A folder that holds pictures itself is a class, not one of these.
 */
function sharedFolders({ scan }: ImportSource): number {
  const folders = scan.files
    .filter(({ path }) => isPictureName(path))
    .map(({ path }) => path.split('/').slice(0, -1))
  const all = [...folders, ...scan.emptyFolders.map((folder) => folder.split('/'))]
  const [first = []] = all
  let depth = 0
  while (
    depth < first.length - 1 &&
    all.every((folder) => folder.length > depth + 1 && folder[depth] === first[depth])
  )
    depth += 1
  return depth
}

/** A folder for each class, nested as deep as you like; optionally below folders `train`, `val`, `test`. */
export const classFolders: Importer = {
  id: 'class-folders',
  title: 'A folder for each class',

  detects(source) {
    const depth = subsetsByFolder(source) ? 1 : 0
    return source.scan.files.some(
      ({ path }) => path.split('/').length > depth + 1 && (isPictureName(path) || extensionOf(path) === ''),
    )
  },

  async plan(source) {
    const { scan } = source
    parseOptions(withoutOptions, source.options, 'class-folders')
    const subsets = subsetsByFolder(source)
    const shared = subsets ? 0 : sharedFolders(source)
    const depth = subsets ? 1 : shared
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
        file,
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
    if (shared > 0) {
      const above = candidates[0]?.path.split('/').slice(0, shared).join('/')
      warnings.push(`All pictures lie below "${above}": the folders in it are the classes.`)
    }
    return { candidates, warnings }
  },
}
