import { ActionIcon, Indicator, Tooltip } from '@mantine/core'
import { ChevronRight, ListChecks, Search } from 'lucide-react'
import { Link } from 'wouter'
import { usePageTitle } from '../components/page-layout.tsx'
import { setJobsTrayOpen, useJobs, useUnfinishedJobs } from '../stores/jobs-store.ts'
import { CommandPalette, openPalette, paletteKeys } from './command-palette.tsx'

export function Header() {
  const { title, crumbs } = usePageTitle()
  const unfinished = useUnfinishedJobs()
  const trayOpen = useJobs((state) => state.trayOpen)
  return (
    <header className="shell-head">
      <div className="shell-crumbs">
        {crumbs.map((crumb) => (
          <span key={crumb.href} style={{ display: 'contents' }}>
            <Link href={crumb.href}>{crumb.label}</Link>
            <ChevronRight size={14} className="dim" aria-hidden />
          </span>
        ))}
        <h1 className="truncate" title={title}>
          {title}
        </h1>
      </div>
      <button type="button" className="shell-search" onClick={openPalette}>
        <Search size={14} aria-hidden />
        Search
        <kbd>{paletteKeys}</kbd>
      </button>
      <Tooltip label="Jobs">
        <Indicator disabled={unfinished.length === 0} label={unfinished.length} size={14} offset={4}>
          <ActionIcon
            aria-label={unfinished.length === 0 ? 'Jobs' : `Jobs, ${unfinished.length} running`}
            aria-expanded={trayOpen}
            onClick={() => setJobsTrayOpen(!trayOpen)}
          >
            <ListChecks size={16} />
          </ActionIcon>
        </Indicator>
      </Tooltip>
      <CommandPalette />
    </header>
  )
}
