import { Badge } from '@mantine/core'
import { Crown } from 'lucide-react'

/** The aliases that point at a version, champion first. */
export function AliasBadges({ aliases }: { aliases: readonly string[] }) {
  const sorted = [...aliases].sort((a, b) => Number(b === 'champion') - Number(a === 'champion'))
  return (
    <span className="alias-badges">
      {sorted.map((alias) => (
        <Badge
          key={alias}
          variant={alias === 'champion' ? 'filled' : 'light'}
          {...(alias === 'champion' ? { leftSection: <Crown size={11} aria-hidden /> } : { color: 'gray' })}
        >
          {alias}
        </Badge>
      ))}
    </span>
  )
}
