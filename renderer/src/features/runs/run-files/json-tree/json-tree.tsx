import { ActionIcon, Button, TextInput } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { ChevronDown, ChevronRight, ChevronUp, Search } from 'lucide-react'
import { type KeyboardEvent, useEffect, useId, useMemo, useState } from 'react'
import { CopyButton } from '../../../../components/copy-button.tsx'
import { formatBytes, formatNumber } from '../../../../components/format.ts'
import { PlainText } from '../plain-text.tsx'
import { findIn, idOf, type JsonPath, openFor, pathText, rowsOf, valueAt } from './json-rows.ts'
import { type Json, jsonText, notFiniteMark, readJson } from './json-text.ts'
import './json-tree.css'

const rowHeight = 22
const foundAtMost = 1_000
const settleMs = 200
/** So few rows are all opened at first. */
const openedAtFirst = 30

interface Found {
  text: string
  paths: readonly JsonPath[]
}

const noneFound: Found = { text: '', paths: [] }

/** The whole, and what is in it as long as that is little. */
function firstOpen(root: Json): ReadonlySet<string> {
  const open = new Set([idOf([])])
  const rows = rowsOf(root, open)
  const more = new Set([...open, ...rows.filter(({ kind }) => kind === 'container').map(({ id }) => id)])
  return rowsOf(root, more).length <= openedAtFirst ? more : open
}

const copied = (value: Json): string =>
  typeof value === 'string' ? value.replace(notFiniteMark, '') : jsonText(value)

function Tree({ root, label }: { root: Json; label: string }) {
  const id = useId()
  const [open, setOpen] = useState(() => firstOpen(root))
  const [active, setActive] = useState(idOf([]))
  const [sought, setSought] = useState('')
  const [found, setFound] = useState(noneFound)
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null)
  const rows = useMemo(() => rowsOf(root, open), [root, open])
  const place = Math.max(
    0,
    rows.findIndex((row) => row.id === active),
  )
  const current = rows[place]
  const shown = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller,
    estimateSize: () => rowHeight,
    overscan: 10,
  })
  useEffect(() => {
    if (sought.trim() === '') {
      setFound(noneFound)
      return
    }
    const stopped = new AbortController()
    const timer = setTimeout(() => {
      findIn(root, sought.trim(), { atMost: foundAtMost, signal: stopped.signal }).then((paths) => {
        if (!stopped.signal.aborted) setFound({ text: sought, paths })
      })
    }, settleMs)
    return () => {
      clearTimeout(timer)
      stopped.abort()
    }
  }, [root, sought])
  const hits = useMemo(() => new Set(found.paths.map(idOf)), [found])
  const at = found.paths.findIndex((path) => idOf(path) === active)
  const howMany = `${found.paths.length >= foundAtMost ? 'the first ' : ''}${formatNumber(found.paths.length)}`

  const [wanted, setWanted] = useState<string | null>(null)
  // Rows have to be there before one can be scrolled to.
  useEffect(() => {
    if (wanted === null) return
    const index = rows.findIndex((row) => row.id === wanted)
    if (index >= 0) shown.scrollToIndex(index)
    setWanted(null)
  }, [wanted, rows, shown])
  const show = (path: JsonPath) => {
    setOpen((before) => new Set([...before, ...openFor(root, path)]))
    setActive(idOf(path))
    setWanted(idOf(path))
  }
  const goOn = (by: number) => {
    const { paths } = found
    const next = paths[at < 0 && by < 0 ? paths.length - 1 : (at + by + paths.length) % paths.length]
    if (next) show(next)
  }
  const toggle = (rowId: string, isWanted: boolean) =>
    setOpen((before) => {
      const next = new Set(before)
      if (isWanted) next.add(rowId)
      else next.delete(rowId)
      return next
    })
  const goTo = (index: number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))]
    if (!row) return
    setActive(row.id)
    setWanted(row.id)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (!current || event.ctrlKey || event.metaKey) return
    const page = Math.max(1, Math.floor((scroller?.clientHeight ?? 0) / rowHeight) - 1)
    const moves: Record<string, number> = {
      ArrowDown: place + 1,
      ArrowUp: place - 1,
      PageDown: place + page,
      PageUp: place - page,
      Home: 0,
      End: rows.length - 1,
    }
    const move = moves[event.key]
    if (move !== undefined) goTo(move)
    else if (event.key === 'ArrowRight' && current.isOpen === false) toggle(current.id, true)
    else if (event.key === 'ArrowRight' && current.isOpen) goTo(place + 1)
    else if (event.key === 'ArrowLeft' && current.isOpen) toggle(current.id, false)
    else if (event.key === 'ArrowLeft')
      goTo(rows.findLastIndex((row, index) => index < place && row.depth < current.depth))
    else if ((event.key === 'Enter' || event.key === ' ') && current.isOpen !== null)
      toggle(current.id, !current.isOpen)
    else return
    event.preventDefault()
  }

  return (
    <>
      <div className="json-bar">
        <TextInput
          aria-label={`Search in ${label}`}
          placeholder="Search keys and values"
          leftSection={<Search size={14} />}
          value={sought}
          onChange={(event) => setSought(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || found.paths.length === 0) return
            event.preventDefault()
            goOn(event.shiftKey ? -1 : 1)
          }}
        />
        {sought.trim() !== '' && found.text === sought && (
          <span className="dim tabular" role="status">
            {found.paths.length === 0
              ? 'Not found'
              : at < 0
                ? `${howMany} found`
                : `${formatNumber(at + 1)} of ${howMany}`}
          </span>
        )}
        {found.paths.length > 0 && (
          <>
            <ActionIcon size={22} aria-label="Found before" onClick={() => goOn(-1)}>
              <ChevronUp size={14} />
            </ActionIcon>
            <ActionIcon size={22} aria-label="Found next" onClick={() => goOn(1)}>
              <ChevronDown size={14} />
            </ActionIcon>
          </>
        )}
        <Button size="compact-xs" variant="default" onClick={() => setOpen(new Set([idOf([])]))}>
          Fold all
        </Button>
      </div>
      {/* The active row is named by aria-activedescendant. */}
      <div
        ref={setScroller}
        className="json-tree"
        role="tree"
        aria-label={label}
        tabIndex={0}
        aria-activedescendant={`${id}-${place}`}
        onKeyDown={onKeyDown}
      >
        <div style={{ height: shown.getTotalSize() }} role="none">
          {shown.getVirtualItems().map(({ index, start }) => {
            const row = rows[index]
            if (!row) return null
            const Chevron = row.isOpen ? ChevronDown : ChevronRight
            return (
              <div
                key={row.id}
                id={`${id}-${index}`}
                role="treeitem"
                tabIndex={-1}
                aria-level={row.depth + 1}
                aria-selected={row.id === active}
                aria-expanded={row.isOpen ?? undefined}
                data-found={hits.has(row.id)}
                style={{ transform: `translateY(${start}px)`, paddingLeft: 8 + row.depth * 16 }}
                onClick={() => {
                  setActive(row.id)
                  if (row.isOpen !== null) toggle(row.id, !row.isOpen)
                }}
                onKeyDown={onKeyDown}
              >
                <span className="json-chevron">
                  {row.isOpen !== null && <Chevron size={14} aria-hidden />}
                </span>
                {row.depth > 0 && (
                  <span className="json-name">{row.text === '' ? row.name : `${row.name}:`}</span>
                )}{' '}
                <span className="json-value" data-kind={row.kind}>
                  {row.text}
                </span>
              </div>
            )
          })}
        </div>
      </div>
      {current && (
        <div className="json-place">
          <code className="mono truncate" title={pathText(current.path)}>
            {pathText(current.path)}
          </code>
          <CopyButton value={pathText(current.path)} label="Copy the path" />
          <CopyButton value={() => copied(valueAt(root, current.path))} label="Copy the value" />
        </div>
      )}
    </>
  )
}

/** A JSON file as a tree that folds. What can't be understood is shown as text, and why. */
export function JsonView(props: {
  label: string
  text: string
  cut: { read: number; total: number } | null
}) {
  const { label, text, cut } = props
  const isCut = cut !== null
  const read = useMemo(() => {
    try {
      return { root: readJson(text, isCut) }
    } catch (cause) {
      return { fault: cause instanceof Error ? cause.message : String(cause) }
    }
  }, [text, isCut])
  return (
    <>
      {cut && (
        <p className="dim" role="status">
          The first {formatBytes(cut.read)} of {formatBytes(cut.total)} are shown, up to the last value that
          is whole there. Save the file to see the rest.
        </p>
      )}
      {'root' in read ? (
        <Tree root={read.root} label={label} />
      ) : (
        <>
          <p className="dim" role="status">
            This is no JSON that can be read, so it is shown as text: {read.fault}
          </p>
          <PlainText label={label} text={text.slice(0, 2_000_000)} />
        </>
      )}
    </>
  )
}
