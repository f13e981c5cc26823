import { GlyphlabError } from '../../contract/index.ts'
import { rowsName } from '../tables/table.ts'
import { alto } from './alto.ts'
import { classFolders } from './class-folders.ts'
import { coco } from './coco.ts'
import { hocr } from './hocr.ts'
import { idx } from './idx.ts'
import type { Importer, ImportSource } from './importer.ts'
import { labelsTable } from './labels-table.ts'
import { nameList } from './name-list.ts'
import { namePattern } from './name-pattern.ts'
import { pageXml } from './page-xml.ts'
import { syntheticLines } from './synthetic-lines.ts'
import { tabular } from './tabular.ts'
import { textLines } from './text-lines.ts'
import { unlabelled } from './unlabelled.ts'
import { voc } from './voc.ts'
import { yolo } from './yolo.ts'

/** In the order in which they are asked: what is told by its files first, what any folder could be last. */
export const importers: readonly Importer[] = [
  idx,
  coco,
  yolo,
  voc,
  pageXml,
  alto,
  hocr,
  labelsTable,
  textLines,
  namePattern,
  classFolders,
  syntheticLines,
  tabular,
  unlabelled,
]

/** Who chooses a table means the table, whatever lies beside it. */
function inOrderFor({ chosen = '' }: ImportSource): readonly Importer[] {
  return rowsName.test(chosen) ? [labelsTable, tabular, ...importers] : importers
}

/**
 * The importer `id`; without one, the first that knows the source.
 * @throws GlyphlabError NOT_FOUND for an unknown id; INVALID_INPUT when no importer knows the source.
 */
export function chooseImporter(source: ImportSource, id?: string): Importer {
  const found =
    id === undefined
      ? inOrderFor(source).find((importer) => importer.detects(source))
      : importers.find((importer) => importer.id === id)
  if (id !== undefined && !found) {
    const known = importers.map((importer) => importer.id).join(', ')
    throw new GlyphlabError('NOT_FOUND', `There is no importer "${id}". There are: ${known}.`)
  }
  if (found) return found
  throw new GlyphlabError('INVALID_INPUT', whyUnknown(source))
}

function whyUnknown({ root, scan }: ImportSource): string {
  if (scan.files.length === 0) return `${root} holds no files. Choose a folder with pictures.`
  const archives = scan.files
    .filter(({ path }) => /\.(zip|tar|tar\.gz|tgz)$/i.test(path))
    .map(({ path }) => path)
  if (archives.length > 0)
    return `${root} holds no pictures, but archives: ${nameList(archives)}. Choose one of them, or unpack them.`
  return `${root} holds nothing that can be imported. Glyphlab imports: ${importers.map(({ title }) => title).join('; ')}.`
}
