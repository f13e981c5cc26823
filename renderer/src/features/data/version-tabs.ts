import type { ComponentType } from 'react'
import { MapView } from './map/map-view.tsx'
import { QualityView } from './quality/quality-view.tsx'
import { VersionView } from './version-view.tsx'
import { HistoryView } from './versions/history-view.tsx'

/** The views of a dataset version, each at `/data/<versionId>/<id>`. */
export const versionTabs: readonly {
  id: string
  title: string
  /** Of a table, where it has another; null: a table has no such view. */
  tableTitle?: string | null
  view: ComponentType<{ versionId: string }>
}[] = [
  { id: '', title: 'Pictures', tableTitle: 'Rows', view: VersionView },
  { id: 'map', title: 'Map', tableTitle: null, view: MapView },
  { id: 'quality', title: 'Quality', view: QualityView },
  { id: 'history', title: 'History', view: HistoryView },
]
