import { initial } from './0001-initial.ts'
import { annotations } from './0002-annotations.ts'
import { namedSplits } from './0003-named-splits.ts'
import { quality } from './0004-quality.ts'
import { mapsAndPredictions } from './0005-maps-and-predictions.ts'
import { edits } from './0006-edits.ts'
import { pageSearch } from './0007-page-search.ts'
import { tuning } from './0008-tuning.ts'
import { tables } from './0009-tables.ts'

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
  tables,
]
