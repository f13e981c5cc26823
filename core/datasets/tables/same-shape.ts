import { GlyphlabError } from '../../contract/index.ts'
import { nameList } from '../importers/name-list.ts'

/** What tells the rows of one table from those of another. */
export interface ShapeNames {
  columns: readonly string[]
  target: string | null
}

/**
 * Rows lie in one version when they have the same columns and the same target.
 * @param title the table whose rows are added: a file, or a version
 * @param remedy how its other columns are left out there
 * @throws GlyphlabError INVALID_INPUT naming the columns
 */
export function requireSameShape(title: string, added: ShapeNames, base: ShapeNames, remedy: string): void {
  const refuse = (why: string) => new GlyphlabError('INVALID_INPUT', why)
  if (added.target !== base.target)
    throw refuse(
      `${title}: the rows it is added to have ${base.target === null ? 'no target' : `the target "${base.target}"`}, these ${added.target === null ? 'none' : `"${added.target}"`}. Name the same column, or keep it as a dataset of its own.`,
    )
  const missing = base.columns.filter((name) => !added.columns.includes(name))
  if (missing.length > 0)
    throw refuse(
      `${title} lacks columns of the table it is added to: ${nameList(missing)}. Add them, or keep it as a dataset of its own.`,
    )
  const other = added.columns.filter((name) => !base.columns.includes(name))
  if (other.length > 0)
    throw refuse(
      `${title} has columns that the table it is added to lacks: ${nameList(other)}. ${remedy}, or keep it as a dataset of its own.`,
    )
}
