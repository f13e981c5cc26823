import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import './components.css'

/** What an empty view says: what it is for, and the actions (as children) that fill it. */
export function EmptyState({
  icon: Icon,
  title,
  text,
  children,
}: {
  icon?: LucideIcon
  title: string
  text?: string
  children?: ReactNode
}) {
  return (
    <div className="empty-state">
      {Icon && <Icon size={28} strokeWidth={1.5} aria-hidden />}
      <h2>{title}</h2>
      {text && <p>{text}</p>}
      {children && <div className="empty-state-actions">{children}</div>}
    </div>
  )
}
