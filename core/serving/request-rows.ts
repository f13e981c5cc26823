import { z } from 'zod'
import { GlyphlabError, tableCell } from '../contract/index.ts'
import type { AskedRow } from './table-model.ts'

/** The body of a request for predictions of a table's rows: each an object of columns and cells. */
export const rowsJson = z.object({ rows: z.array(z.record(z.string(), tableCell)).min(1).max(10_000) })

/** The rows of a request, numbered from 1. @throws GlyphlabError INVALID_INPUT, saying what to send */
export function rowsFrom(json: unknown): AskedRow[] {
  const parsed = rowsJson.safeParse(json)
  if (!parsed.success) {
    throw new GlyphlabError(
      'INVALID_INPUT',
      `The request holds no rows (${z.prettifyError(parsed.error)}). Send JSON {"rows": [{"column": value, ...}, ...]}, up to 10,000 of them.`,
    )
  }
  return parsed.data.rows.map((fields, index) => ({ line: index + 1, fields }))
}
