import { GlyphlabError } from '../../contract/index.ts'
import { classFolders } from './class-folders.ts'
import { coco } from './coco.ts'
import { dvc } from './dvc.ts'
import type { Exporter } from './exporter.ts'
import { pageXml } from './page-xml.ts'
import { rows } from './rows.ts'
import { table } from './table.ts'
import { textLines } from './text-lines.ts'
import { voc } from './voc.ts'
import { yolo } from './yolo.ts'

export const exporters: readonly Exporter[] = [
  classFolders,
  table,
  coco,
  yolo,
  voc,
  textLines,
  pageXml,
  dvc,
  rows,
]

/** @throws GlyphlabError NOT_FOUND, naming those that there are. */
export function exporterById(id: string): Exporter {
  const found = exporters.find((exporter) => exporter.id === id)
  if (found) return found
  const known = exporters.map((exporter) => exporter.id).join(', ')
  throw new GlyphlabError('NOT_FOUND', `There is no export format "${id}". There are: ${known}.`)
}
