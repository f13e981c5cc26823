import { GlyphlabError } from '../../contract/index.ts'
import { alto } from './alto.ts'
import { classFolders } from './class-folders.ts'
import { coco } from './coco.ts'
import { hocr } from './hocr.ts'
import { idx } from './idx.ts'
import type { Importer, ImportSource } from './importer.ts'
import { pageXml } from './page-xml.ts'
import { voc } from './voc.ts'
import { yolo } from './yolo.ts'

/** In the order in which they are asked. */
export const importers: readonly Importer[] = [idx, coco, yolo, voc, pageXml, alto, hocr, classFolders]

/**
 * The importer `id`; without one, the first that knows the source.
 * @throws GlyphlabError NOT_FOUND for an unknown id; INVALID_INPUT when no importer knows the source.
 */
export function chooseImporter(source: ImportSource, id?: string): Importer {
  const found =
    id === undefined
      ? importers.find((importer) => importer.detects(source))
      : importers.find((importer) => importer.id === id)
  if (id !== undefined && !found) {
    const known = importers.map((importer) => importer.id).join(', ')
    throw new GlyphlabError('NOT_FOUND', `There is no importer "${id}". There are: ${known}.`)
  }
  if (found) return found
  throw new GlyphlabError(
    'INVALID_INPUT',
    source.scan.files.length === 0
      ? `${source.root} holds no files.`
      : `${source.root} is in none of the formats that can be imported: ${importers.map(({ title }) => title).join('; ')}.`,
  )
}
