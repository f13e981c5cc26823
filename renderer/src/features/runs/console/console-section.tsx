import { Button } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowDownToLine } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { formatBytes, plural } from '../../../components/format.ts'
import { Section } from '../../../components/section.tsx'
import { plainLine } from './console-lines.ts'
import { useConsole } from './use-console.ts'
import './console.css'

const lineHeight = 18
/** So near to its end a console is at its end. */
const nearPx = 24

/** What the run's process prints. It follows, until somebody scrolls up to read. */
export function ConsoleSection({ runId }: { runId: string }) {
  const { lines, open, skipped, part, error } = useConsole(runId)
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null)
  const [following, setFollowing] = useState(true)
  const followed = useRef(true)
  const last = plainLine(open)
  const count = lines.length + (last === '' ? 0 : 1)
  const rows = useVirtualizer({
    count,
    getScrollElement: () => scroller,
    estimateSize: () => lineHeight,
    overscan: 20,
  })
  const height = rows.getTotalSize()
  useEffect(() => {
    if (scroller && followed.current) scroller.scrollTop = height
  }, [scroller, height])
  const follow = (wanted: boolean) => {
    followed.current = wanted
    setFollowing(wanted)
  }
  if (error) return <ErrorPanel title="The console could not be shown" error={error} />
  if (count === 0) return null
  return (
    <Section
      title="Console"
      actions={
        <>
          <span className="dim tabular">
            {plural(count, 'line')}
            {part?.isLive && (following ? ', following' : ', not following')}
          </span>
          {!following && (
            <Button
              size="compact-xs"
              variant="default"
              leftSection={<ArrowDownToLine size={12} />}
              onClick={() => {
                follow(true)
                if (scroller) scroller.scrollTop = scroller.scrollHeight
              }}
            >
              Jump to the end
            </Button>
          )}
        </>
      }
    >
      {skipped > 0 && (
        <p className="dim">
          The first {formatBytes(skipped)} are not shown
          {part?.path ? `; all of it is in ${part.path} under Artifacts.` : '.'}
        </p>
      )}
      <div
        ref={setScroller}
        className="console"
        role="log"
        aria-live="off"
        aria-label="Console"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
          const isAtEnd = scrollHeight - clientHeight - scrollTop < nearPx
          if (isAtEnd !== followed.current) follow(isAtEnd)
        }}
      >
        <div className="console-lines" style={{ height }}>
          <div style={{ transform: `translateY(${rows.getVirtualItems()[0]?.start ?? 0}px)` }}>
            {rows.getVirtualItems().map(({ index }) => (
              <div key={index} className="console-line">
                {index < lines.length ? lines[index] : last}
              </div>
            ))}
          </div>
        </div>
      </div>
    </Section>
  )
}
