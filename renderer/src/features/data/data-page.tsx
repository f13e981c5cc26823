import { useLocation } from 'wouter'
import { DatasetList } from './dataset-list.tsx'
import { VersionView } from './version-view.tsx'
import './data.css'

/** Data: datasets and their versions. `/data` and `/data/<versionId>?label=..&subset=..&sample=..`. */
export default function DataPage() {
  const [location] = useLocation()
  const versionId = location.split('/')[2]
  return versionId ? <VersionView versionId={versionId} /> : <DatasetList />
}
