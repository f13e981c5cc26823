import type { ProcedureName } from '../../contract/index.ts'
import type { Handlers, Services } from '../services.ts'
import { TableRows } from '../table-rows.ts'

const names = ['datasets.columns', 'datasets.rows'] as const satisfies ProcedureName[]
export type DatasetTableProcedure = (typeof names)[number]

export function datasetTableProcedures(services: Services): Pick<Handlers, DatasetTableProcedure> {
  const rows = new TableRows(services)
  return {
    'datasets.columns': ({ versionId }) => services.datasets.columns(versionId),
    'datasets.rows': ({ versionId, column, offset, limit, ...filter }) =>
      rows.page(versionId, filter, { column, offset, limit }),
  }
}
