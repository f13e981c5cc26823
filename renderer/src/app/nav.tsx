import { CaseSensitive } from 'lucide-react'
import { Link, useLocation } from 'wouter'
import { placeOf, places } from './routes.tsx'

export function Nav() {
  const [location] = useLocation()
  const current = placeOf(location)
  return (
    <nav className="shell-nav" aria-label="Places">
      <div className="shell-brand">
        <CaseSensitive size={20} aria-hidden />
        Glyphlab
      </div>
      {places.map(({ path, title, icon: Icon }, index) => (
        <Link
          key={path}
          href={path}
          className="shell-nav-item"
          style={path === '/settings' ? { marginTop: 'auto' } : undefined}
          aria-current={current?.path === path ? 'page' : undefined}
        >
          <Icon size={16} aria-hidden />
          {title}
          <kbd className="shell-nav-key" aria-hidden>
            Alt {index + 1}
          </kbd>
        </Link>
      ))}
    </nav>
  )
}
