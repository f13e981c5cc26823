import { z } from 'zod'

const shape = z.object({
  /** Ids of columns in their order; null: the usual ones. */
  columns: z.array(z.string()).nullable(),
  /** px, by column. */
  widths: z.record(z.string(), z.number()),
  /** Ids of columns that stay at the left, beside the name. */
  pinned: z.array(z.string()).default([]),
})
export type TableShape = z.infer<typeof shape>

const view = z.object({
  name: z.string(),
  /** The query part of the table's address: search, experiments, sort, groups. */
  query: z.string(),
  shape,
})
/** How a person likes to look at the runs, under a name. */
export type SavedView = z.infer<typeof view>

export const usualShape: TableShape = { columns: null, widths: {}, pinned: [] }

function read<T>(key: string, schema: z.ZodType<T>, otherwise: T): T {
  try {
    return schema.safeParse(JSON.parse(localStorage.getItem(key) ?? 'null')).data ?? otherwise
  } catch {
    return otherwise
  }
}

function write(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value))
  } catch {
    // Forbidden or full storage: the choice lasts until the window closes.
  }
}

const shapeKey = 'glyphlab.run-table'
const viewsKey = 'glyphlab.run-views'

export const storedShape = (): TableShape => read(shapeKey, shape, usualShape)
export const storeShape = (value: TableShape): void => write(shapeKey, value)
export const storedViews = (): SavedView[] => read(viewsKey, z.array(view), [])
export const storeViews = (value: readonly SavedView[]): void => write(viewsKey, value)
