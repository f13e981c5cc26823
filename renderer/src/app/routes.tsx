import { Database, LineChart, type LucideIcon, Package, Rocket, ScanText, Settings } from 'lucide-react'
import type { ComponentType } from 'react'
import { Redirect, useLocation } from 'wouter'
import { EmptyState } from '../components/empty-state.tsx'
import { ErrorBoundary } from '../components/error-boundary.tsx'
import { PageLayout } from '../components/page-layout.tsx'
import { LoadedLater } from './loaded-later.tsx'

export interface Place {
  path: string
  title: string
  icon: LucideIcon
  page: () => Promise<{ default: ComponentType }>
}

/** The places of the window in the order of the loop. Each page handles what is below its path. */
export const places: Place[] = [
  {
    path: '/read',
    title: 'Read',
    icon: ScanText,
    page: () => import('../features/read/read-page.tsx'),
  },
  {
    path: '/data',
    title: 'Data',
    icon: Database,
    page: () => import('../features/data/data-page.tsx'),
  },
  {
    path: '/runs',
    title: 'Runs',
    icon: LineChart,
    page: () => import('../features/runs/runs-page.tsx'),
  },
  {
    path: '/models',
    title: 'Models',
    icon: Package,
    page: () => import('../features/models/models-page.tsx'),
  },
  {
    path: '/serve',
    title: 'Serve',
    icon: Rocket,
    page: () => import('../features/serve/serve-page.tsx'),
  },
  {
    path: '/settings',
    title: 'Settings',
    icon: Settings,
    page: () => import('../features/settings/settings-page.tsx'),
  },
]

/** The place that an address belongs to. */
export const placeOf = (location: string): Place | undefined =>
  places.find(({ path }) => location === path || location.startsWith(`${path}/`))

export function Routes() {
  const [location] = useLocation()
  if (location === '/' || location === '/index.html') return <Redirect to="/read" replace />
  const place = placeOf(location)
  if (!place)
    return (
      <PageLayout title="Not found">
        <EmptyState title="There is no such page" text={`Nothing is shown at ${location}.`} />
      </PageLayout>
    )
  return (
    <ErrorBoundary resetKey={location}>
      <LoadedLater load={place.page} />
    </ErrorBoundary>
  )
}
