import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { syntheticLines } from '../../core/datasets/importers/synthetic-lines.ts'
import { scanFolder } from '../../core/datasets/scan.ts'

const corpus =
  'Es war einmal ein Müller, der hatte drei Söhne, seine Mühle, einen Esel und einen Kater; die Söhne mußten mahlen, der Esel Getreide holen und Mehl forttragen, die Katze dagegen die Mäuse wegfangen.'

/** Lines drawn from a fairy tale, as the importer of synthetic lines draws them. */
export async function drawnLines(
  work: string,
  count: number,
): Promise<{ pictures: Buffer[]; texts: string[] }> {
  const folder = await mkdtemp(join(work, 'corpus-'))
  await writeFile(join(folder, 'corpus.txt'), corpus)
  const scan = await scanFolder(folder)
  const { candidates } = await syntheticLines.plan({ root: folder, scan, options: { count } })
  const pictures: Buffer[] = []
  for (const candidate of candidates) pictures.push(await candidate.read())
  const texts = candidates.map(({ annotation }) => (typeof annotation === 'object' && annotation.text) || '')
  return { pictures, texts }
}
