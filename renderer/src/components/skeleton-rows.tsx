import { Skeleton } from '@mantine/core'
import { useSlow } from './use-query.ts'

/** Grey bars while something is loaded; nothing for the first 150 ms. */
export function SkeletonRows({ rows = 6, height = 28 }: { rows?: number; height?: number }) {
  const slow = useSlow(true)
  if (!slow) return null
  return (
    <div className="skeleton-rows" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => `row ${row}`).map((row) => (
        <Skeleton key={row} height={height} />
      ))}
    </div>
  )
}
