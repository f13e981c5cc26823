import type { ReactNode } from 'react'
import { BreakableName } from './breakable-name.tsx'
import './components.css'

/** The column at the right that shows the details of what is selected. */
export function Inspector({ label, children }: { label: string; children: ReactNode }) {
  return (
    <aside className="inspector" aria-label={label}>
      {children}
    </aside>
  )
}

/** Names and values, one a line. A value that is null or undefined leaves its line out. */
export function Facts({ items }: { items: [name: string, value: ReactNode][] }) {
  return (
    <dl className="facts">
      {items.map(([name, value]) =>
        value === null || value === undefined ? null : (
          <div key={name}>
            <dt>
              <BreakableName name={name} />
            </dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  )
}
