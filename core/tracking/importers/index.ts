import { GlyphlabError } from '../../contract/index.ts'
import { dvclive } from './dvclive.ts'
import { glyphlabCsv } from './glyphlab-csv.ts'
import { glyphlabJson } from './glyphlab-json.ts'
import type { RunImporter, RunSource } from './importer.ts'
import { mlflowFiles } from './mlflow-files.ts'
import { mlflowSqlite } from './mlflow-sqlite.ts'
import { optuna } from './optuna.ts'
import { tableLog } from './table-log.ts'
import { tensorboard } from './tensorboard.ts'
import { wandb } from './wandb.ts'

/** In the order in which they are asked: what is told by its files first, what any table could be last. */
export const runImporters: readonly RunImporter[] = [
  glyphlabJson,
  glyphlabCsv,
  mlflowFiles,
  mlflowSqlite,
  optuna,
  wandb,
  dvclive,
  tensorboard,
  tableLog,
]

/**
 * The importer `id`; without one, the first that knows the source.
 * @throws GlyphlabError NOT_FOUND for an unknown id; INVALID_INPUT when no importer knows the source
 */
export function chooseRunImporter(source: RunSource, id?: string): RunImporter {
  const found = runImporters.find((importer) =>
    id === undefined ? importer.detects(source) : importer.id === id,
  )
  if (found) return found
  if (id !== undefined)
    throw new GlyphlabError(
      'NOT_FOUND',
      `There is no importer of runs "${id}". There are: ${runImporters.map((importer) => importer.id).join(', ')}.`,
    )
  throw new GlyphlabError(
    'INVALID_INPUT',
    `${source.name} holds no runs that can be opened. Glyphlab opens: ${runImporters.map(({ title }) => title).join(', ')}.`,
  )
}
