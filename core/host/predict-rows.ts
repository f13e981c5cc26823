import { randomUUID } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import {
  type FileSource,
  GlyphlabError,
  type ModelVersion,
  type RowPrediction,
  type TableCell,
} from '../contract/index.ts'
import { openRows } from '../datasets/tables/row-stream.ts'
import { cellOfKind, isMissing } from '../domain/table-cells.ts'
import type { AskedRow } from '../serving/table-model.ts'
import type { Services } from './services.ts'
import { markDamage, usableModelFolder } from './usable-model.ts'

const rowsAtOnce = 10_000

type RowsSource = FileSource | { kind: 'rows'; rows: Record<string, TableCell>[] }

/** Rows of a file with the cells as a table's import reads them; the columns are found by their names. */
async function* rowsOfFile(
  file: string,
  name: string,
  columns: readonly string[],
): AsyncGenerator<AskedRow[]> {
  const stream = await openRows({ path: name, file }, {})
  const known = new Set(stream.columns)
  const absent = columns.filter((column) => !known.has(column))
  if (absent.length > 0)
    throw new GlyphlabError(
      'INVALID_INPUT',
      `${name} has no column "${absent[0]}"${absent.length > 1 ? ` (and ${absent.length - 1} more are missing)` : ''}. The model was trained with: ${columns.join(', ')}.`,
    )
  const comma = stream.delimiter !== ','
  for await (const batch of stream.rows())
    yield batch.map(({ line, cells }) => ({
      line,
      fields: Object.fromEntries(
        stream.columns.map((column, index) => [column, cellIn(cells[index] ?? '', comma)] as const),
      ),
    }))
}

/** A decimal comma is one here too; whether a cell is a number, its column's coding says. */
function cellIn(text: string, comma: boolean): TableCell {
  if (isMissing(text)) return null
  const number = comma && text.includes(',') ? cellOfKind('numeric', text, { comma }) : undefined
  return number ?? text.trim().normalize('NFC')
}

async function* rowsOf(
  { sources }: Services,
  source: RowsSource,
  columns: readonly string[],
): AsyncGenerator<AskedRow[]> {
  if (source.kind === 'rows') {
    yield source.rows.map((fields, index) => ({ line: index + 1, fields }))
    return
  }
  const { file, name } = sources.locate(source)
  yield* rowsOfFile(file, name, columns)
  await sources.release(source)
}

/**
 * One prediction a row, in order.
 * @throws GlyphlabError UNSUPPORTED for a model of pictures; INVALID_INPUT naming a column that the file lacks; DAMAGED
 */
export async function predictRows(
  services: Services,
  version: ModelVersion,
  source: RowsSource,
): Promise<RowPrediction[]> {
  const { preprocessing } = version
  const name = `${version.model}/${version.version}`
  if (!('columns' in preprocessing))
    throw new GlyphlabError('UNSUPPORTED', `${name} is a model of pictures: give it pictures, not rows.`)
  const modelDirectory = await usableModelFolder(services, version)
  const engine = version.inference?.engine ?? null
  const work = path.join(services.home, 'work')
  await mkdir(work, { recursive: true })
  const file = path.join(work, `${randomUUID()}.rows`)
  const predictions: RowPrediction[] = []
  const ask = async (rows: AskedRow[]) => {
    await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    const answer = await services.classifier.ask({ modelDirectory, engine, file, name })
    if ('rows' in answer) predictions.push(...answer.rows)
  }
  try {
    let waiting: AskedRow[] = []
    const columns = preprocessing.columns.map((column) => column.name)
    for await (const batch of rowsOf(services, source, columns)) {
      waiting.push(...batch)
      if (waiting.length < rowsAtOnce) continue
      await ask(waiting)
      waiting = []
    }
    if (waiting.length > 0) await ask(waiting)
  } catch (cause) {
    markDamage(services, version, cause)
    throw cause
  } finally {
    await rm(file, { force: true })
  }
  if (version.status === 'damaged') services.models.setDamage(version.model, version.version, null)
  return predictions
}
