import { type ReactNode, useEffect } from 'react'
import { create } from 'zustand'
import './components.css'

export interface Crumb {
  label: string
  href: string
}

interface PageTitle {
  title: string
  crumbs: Crumb[]
}

/** What the window's header shows; set by the page on view. */
export const usePageTitle = create<PageTitle>()(() => ({ title: 'Glyphlab', crumbs: [] }))

interface PageLayoutProps {
  /** The heading of the page, shown in the window's header and title. */
  title: string
  /** The places above this page, outermost first. */
  crumbs?: Crumb[]
  /** Buttons and filters in a bar above the content. */
  toolbar?: ReactNode
  /** A list to the left of the content. */
  sidebar?: ReactNode
  /** Details of the selection, to the right of the content; see `Inspector`. */
  inspector?: ReactNode
  children: ReactNode
}

/** The frame of every page: toolbar above; list, content and inspector side by side, each scrolling on its own. */
export function PageLayout({ title, crumbs, toolbar, sidebar, inspector, children }: PageLayoutProps) {
  const trail = JSON.stringify(crumbs ?? [])
  useEffect(() => {
    usePageTitle.setState({ title, crumbs: JSON.parse(trail) as Crumb[] })
    document.title = `${title} – Glyphlab`
  }, [title, trail])

  return (
    <div className="page">
      {toolbar && (
        <div className="page-toolbar" role="toolbar" aria-label={`${title}: actions`}>
          {toolbar}
        </div>
      )}
      <div className="page-columns">
        {sidebar && <div className="page-sidebar">{sidebar}</div>}
        <div className="page-content">{children}</div>
        {inspector}
      </div>
    </div>
  )
}
