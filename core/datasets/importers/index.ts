import { GlyphlabError } from '../../contract/index.ts'
import { classFolders } from './class-folders.ts'
import { idx } from './idx.ts'
import type { Importer, ImportSource } from './importer.ts'

/** In the order in which they are asked. */
export const importers: readonly Importer[] = [idx, classFolders]

/** @throws GlyphlabError INVALID_INPUT when no importer knows the source. */
export function chooseImporter(source: ImportSource): Importer {
  const found = importers.find((importer) => importer.detects(source))
  if (found) return found
  throw new GlyphlabError(
    'INVALID_INPUT',
    source.scan.files.length === 0
      ? `${source.root} holds no files.`
      : `${source.root} is neither a folder with a folder for each class, nor a folder with IDX files.`,
  )
}
