import { Link, useLocation } from 'wouter'

const tabs = [
  { href: '/serve', title: 'Export' },
  { href: '/serve/local', title: 'Deployments' },
  { href: '/serve/logs', title: 'Production logs' },
]

/** The parts of the place Serve. */
export function ServeTabs() {
  const [location] = useLocation()
  const current = tabs.findLast(({ href }) => location === href || location.startsWith(`${href}/`))
  return (
    <nav className="serve-tabs" aria-label="Serve">
      {tabs.map(({ href, title }) => (
        <Link key={href} href={href} aria-current={current?.href === href ? 'page' : undefined}>
          {title}
        </Link>
      ))}
    </nav>
  )
}
