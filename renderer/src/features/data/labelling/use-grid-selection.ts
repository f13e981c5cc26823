import { useCallback, useEffect, useRef, useState } from 'react'
import type { ProcedureInput, Sample } from '../../../../../core/contract/index.ts'
import { call } from '../../../client/rpc.ts'
import { notifyError } from '../../../components/notices.tsx'
import type { Modifiers } from '../../../components/selection.ts'
import type { Chunks } from '../../../components/use-chunks.ts'

export interface GridSelection {
  /** Ordinals, so that they stay the same pictures when the list changes. */
  selected: ReadonlySet<number>
  click: (position: number, modifiers: Modifiers) => void
  /** By an arrow or the like: the position moved to. Ctrl moves without selecting. */
  step: (position: number, modifiers: Modifiers) => void
  toggle: (position: number) => void
  all: () => void
  clear: () => void
}

const none: ReadonlySet<number> = new Set()

/** What is selected of a filtered list. Long ranges, beyond what has been fetched, are asked of the engine. */
export function useGridSelection(
  list: ProcedureInput<'datasets.ordinals'>,
  samples: Chunks<Sample>,
  onActive: (position: number) => void,
): GridSelection {
  const [selected, setSelected] = useState(none)
  const anchor = useRef<number | null>(null)
  const latest = useRef({ list, samples, onActive })
  latest.current = { list, samples, onActive }
  /** Answers to older questions come to nothing. */
  const asked = useRef(0)

  const select = useCallback((ordinals: ReadonlySet<number>) => {
    asked.current += 1
    setSelected(ordinals)
  }, [])
  const range = useCallback(
    (from: number, to: number) => {
      const [first, last] = [Math.min(from, to), Math.max(from, to)]
      const known: number[] = []
      if (last - first < 5_000)
        for (let position = first; position <= last; position += 1) {
          const sample = latest.current.samples.at(position)
          if (!sample) break
          known.push(sample.ordinal)
        }
      if (known.length === last - first + 1) return select(new Set(known))
      asked.current += 1
      const question = asked.current
      call('datasets.ordinals', { ...latest.current.list, offset: first, limit: last - first + 1 })
        .then((ordinals) => {
          if (asked.current === question) setSelected(new Set(ordinals))
        })
        .catch(notifyError)
    },
    [select],
  )
  const toggle = useCallback((position: number) => {
    const sample = latest.current.samples.at(position)
    anchor.current = position
    asked.current += 1
    if (!sample) return
    setSelected((before) => {
      const next = new Set(before)
      if (!next.delete(sample.ordinal)) next.add(sample.ordinal)
      return next
    })
  }, [])
  const move = useCallback(
    (position: number, { shiftKey }: Modifiers) => {
      if (!shiftKey || anchor.current === null) anchor.current = position
      range(anchor.current, position)
      latest.current.onActive(position)
    },
    [range],
  )
  const click = useCallback(
    (position: number, modifiers: Modifiers) => {
      if ((modifiers.ctrlKey || modifiers.metaKey) && !modifiers.shiftKey) {
        toggle(position)
        latest.current.onActive(position)
      } else move(position, modifiers)
    },
    [toggle, move],
  )
  const step = useCallback(
    (position: number, modifiers: Modifiers) => {
      if ((modifiers.ctrlKey || modifiers.metaKey) && !modifiers.shiftKey) latest.current.onActive(position)
      else move(position, modifiers)
    },
    [move],
  )
  const all = useCallback(() => {
    const { total = 0 } = latest.current.samples
    if (total > 0) range(0, total - 1)
  }, [range])
  const clear = useCallback(() => select(none), [select])

  const key = JSON.stringify(list)
  useEffect(() => {
    if (key === '') return
    anchor.current = null
    clear()
  }, [key, clear])

  return { selected, click, step, toggle, all, clear }
}
