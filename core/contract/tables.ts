import { z } from 'zod'

/** What a row of a table is stored as: a JSON object with a field for each column. */
export const rowMediaType = 'application/json'

export const columnKind = z.enum(['numeric', 'boolean', 'date', 'categorical', 'text'])
export type ColumnKind = z.infer<typeof columnKind>

/** A value of a row; null: it is missing. Dates are text as they came (ISO 8601). */
export const tableCell = z.union([z.string(), z.number(), z.boolean(), z.null()])
export type TableCell = z.infer<typeof tableCell>

/** A column of a table version, over all of its rows. */
export const tableColumn = z.object({
  name: z.string(),
  kind: columnKind,
  /** Rows without a value. */
  missing: z.number().int(),
  /** Different values, counted up to 1,001. */
  distinct: z.number().int(),
  /** Of a numeric column; null for the others and where every value is missing. */
  numbers: z
    .object({
      min: z.number(),
      max: z.number(),
      mean: z.number(),
      /** Standard deviation over all rows that have a value. */
      deviation: z.number(),
      /** Rows in bins of equal width from min to max. */
      histogram: z.array(z.number().int()),
    })
    .nullable(),
  /** The commonest values with their rows, at most 50; of a numeric or text column none. */
  categories: z.array(z.tuple([z.string(), z.number().int()])),
})
export type TableColumn = z.infer<typeof tableColumn>

/** What makes a version a table: its samples are rows. */
export const tableFacts = z.object({
  /** What is to be predicted; null where the rows have no target. */
  target: z.object({ name: z.string(), kind: z.enum(['class', 'number']) }).nullable(),
  columnCount: z.number().int(),
})
export type TableFacts = z.infer<typeof tableFacts>

/** One row as it is shown; `cells` in the order of the version's columns. */
export const tableRow = z.object({
  ordinal: z.number().int(),
  path: z.string(),
  label: z.string(),
  value: z.number().nullable(),
  group: z.string().nullable(),
  subset: z.enum(['train', 'validation', 'test']),
  cells: z.array(tableCell),
})
export type TableRow = z.infer<typeof tableRow>
