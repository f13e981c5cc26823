import type { TableCell } from '../../contract/index.ts'
import { comparePaths } from '../manifest.ts'

/**
 * A row as it is stored: a JSON object in the byte order of its fields' names, missing values as null, in UTF-8. Equal
 * rows are equal bytes, whatever file they came from and however it ordered its columns.
 */
export class RowWriter {
  /** In the order of the fields. */
  readonly columns: readonly string[]
  private readonly order: readonly number[]
  private readonly names: readonly string[]

  /** @param columns in the order in which cells will come */
  constructor(columns: readonly string[]) {
    this.order = columns
      .map((_, index) => index)
      .sort((a, b) => comparePaths(columns[a] ?? '', columns[b] ?? ''))
    this.columns = this.order.map((index) => columns[index] ?? '')
    this.names = this.columns.map((name) => `${JSON.stringify(name)}:`)
  }

  /** The cells in the order of the fields. */
  ordered(cells: readonly TableCell[]): TableCell[] {
    return this.order.map((index) => cells[index] ?? null)
  }

  /** @param cells in the order of the fields */
  bytes(cells: readonly TableCell[]): Buffer {
    return Buffer.from(
      `{${cells.map((cell, index) => `${this.names[index]}${JSON.stringify(cell)}`).join(',')}}`,
    )
  }
}

/** The fields of a stored row. */
export const readRow = (content: Uint8Array): Record<string, TableCell> =>
  JSON.parse(Buffer.from(content).toString('utf8')) as Record<string, TableCell>
