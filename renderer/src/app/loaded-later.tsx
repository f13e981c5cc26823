import { type ComponentType, useEffect, useState } from 'react'
import { SkeletonRows } from '../components/skeleton-rows.tsx'

type Load = () => Promise<{ default: ComponentType }>

const loaded = new Map<Load, ComponentType>()

/**
 * A page whose code is fetched when it is first shown. React's own `lazy` holds what follows a fallback back for 300 ms;
 * here the page stands as soon as its code is there.
 */
export function LoadedLater({ load }: { load: Load }) {
  const [fetched, setFetched] = useState<{ of: Load; failure?: unknown }>()
  useEffect(() => {
    if (loaded.has(load)) return
    load().then(
      ({ default: Page }) => {
        loaded.set(load, Page)
        setFetched({ of: load })
      },
      (failure: unknown) => setFetched({ of: load, failure }),
    )
  }, [load])
  const Page = loaded.get(load)
  if (Page) return <Page />
  if (fetched?.of === load && 'failure' in fetched) throw fetched.failure
  return <SkeletonRows />
}
