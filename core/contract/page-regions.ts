import { z } from 'zod'
import { box } from './box.ts'

export const regionKind = z.enum(['text', 'table', 'ignore'])
export type RegionKind = z.infer<typeof regionKind>

/** A part of a page, drawn by hand: read as text, read as a table, or not read at all. */
export const pageRegion = z.object({ kind: regionKind, box })
export type PageRegion = z.infer<typeof pageRegion>

/** In reading order. With regions to read, nothing else of the page is read. */
export const pageRegions = z.array(pageRegion).max(500)

/** A cell of a table, with its place from 0 and how many rows and columns it goes over. */
export const pageTableCell = z.object({
  row: z.number().int(),
  column: z.number().int(),
  rows: z.number().int(),
  columns: z.number().int(),
  box,
})
export type PageTableCell = z.infer<typeof pageTableCell>

/** The cells of a table on a page. What stands in them are the words whose middle lies there. */
export const pageTable = z.object({
  box,
  rows: z.number().int(),
  columns: z.number().int(),
  /** Row by row, from left to right. */
  cells: z.array(pageTableCell),
  /** What the cells were told by: lines that are drawn, or the white between the words. */
  by: z.enum(['lines', 'gaps']),
})
export type PageTable = z.infer<typeof pageTable>
