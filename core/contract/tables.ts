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

/** How a column becomes inputs of a network; made from the training rows alone. */
export const columnCoding = z.discriminatedUnion('kind', [
  /** One input, (value - mean) / deviation, and where training rows lacked the value another that says so. A missing value is the mean. */
  z.object({
    kind: z.literal('numeric'),
    name: z.string(),
    /** Days since 1970-01-01 UTC of an ISO date. */
    date: z.boolean(),
    mean: z.number(),
    deviation: z.number(),
    tellsMissing: z.boolean(),
  }),
  /** One input for each category and one for all others, missing ones included. */
  z.object({ kind: z.literal('categories'), name: z.string(), categories: z.array(z.string()) }),
])
export type ColumnCoding = z.infer<typeof columnCoding>

/** How a row becomes the model's input; recorded with the model. */
export const tablePreprocessing = z.object({
  kind: z.literal('table'),
  columns: z.array(columnCoding),
  /** Columns that were there and are not looked at. */
  unused: z.array(z.string()),
  target: z.object({
    name: z.string(),
    /** Of a number: value = output * deviation + mean. */
    scale: z.object({ mean: z.number(), deviation: z.number() }).nullable(),
  }),
})
export type TablePreprocessing = z.infer<typeof tablePreprocessing>

/** What a model says of one row. */
export const rowPrediction = z.object({
  /** Line of the file, or place in the list, from 1. */
  line: z.number().int(),
  /** The class; null for a number. */
  label: z.string().nullable(),
  value: z.number().nullable(),
  /** By label, summing to 1; empty for a number. */
  probabilities: z.array(z.object({ label: z.string(), probability: z.number() })),
  /** What the row lacks or holds that was not known in training, in words; empty where there is nothing. */
  notes: z.array(z.string()),
})
export type RowPrediction = z.infer<typeof rowPrediction>
