import { initial } from './0001-initial.ts'
import { annotations } from './0002-annotations.ts'
import { namedSplits } from './0003-named-splits.ts'
import { quality } from './0004-quality.ts'
import { mapsAndPredictions } from './0005-maps-and-predictions.ts'
import { edits } from './0006-edits.ts'
import { pageSearch } from './0007-page-search.ts'
import { tuning } from './0008-tuning.ts'
import { references } from './0009-references.ts'
import { boxClasses } from './0010-box-classes.ts'
import { datasetTrash } from './0011-dataset-trash.ts'
import { pageReadings } from './0012-page-readings.ts'
import { inference } from './0013-inference.ts'
import { tracking } from './0014-tracking.ts'
import { tables } from './0015-tables.ts'
import { servedLogs } from './0016-served-logs.ts'
import { aliasMoves } from './0017-alias-moves.ts'
import { dashboards } from './0018-dashboards.ts'
import { watches } from './0019-watches.ts'
import { pageReplacements } from './0020-page-replacements.ts'
import { alerts } from './0021-alerts.ts'
import { pageComparisons } from './0022-page-comparisons.ts'
import { wordEdits } from './0023-word-edits.ts'
import { servedMetrics } from './0024-served-metrics.ts'
import { runSyncs } from './0025-run-syncs.ts'
import { pageWatches } from './0026-page-watches.ts'
import { pageArranging } from './0030-page-arranging.ts'

/** In order; the position plus one is the schema's version (`user_version`). A released one is never changed. */
export const migrations: readonly string[] = [
  initial,
  annotations,
  namedSplits,
  quality,
  mapsAndPredictions,
  edits,
  pageSearch,
  tuning,
  references,
  boxClasses,
  datasetTrash,
  pageReadings,
  inference,
  tracking,
  tables,
  servedLogs,
  aliasMoves,
  dashboards,
  watches,
  pageReplacements,
  alerts,
  pageComparisons,
  wordEdits,
  servedMetrics,
  runSyncs,
  pageWatches,
  pageArranging,
]
