import { useLocation } from 'wouter'
import { DatasetList } from './dataset-list.tsx'
import { versionTabs } from './version-tabs.ts'
import { VersionView } from './version-view.tsx'
import { VersionTabBar } from './versions/version-tab-bar.tsx'
import './data.css'
import './map/map.css'

/** Data: datasets and their versions. `/data`, `/data/<versionId>?label=..` and `/data/<versionId>/<tab>`. */
export default function DataPage() {
  const [location] = useLocation()
  const [, , versionId, tab = ''] = location.split('/')
  if (!versionId) return <DatasetList />
  const View = versionTabs.find(({ id }) => id === tab)?.view ?? VersionView
  return (
    <div className="version-frame">
      <VersionTabBar versionId={versionId} tabs={versionTabs} current={tab} />
      <View key={versionId} versionId={versionId} />
    </div>
  )
}
