import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { CellValue, FoundRun } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { notifyError } from '../../components/notices.tsx'
import { onEngineEvent } from '../../stores/engine-store.ts'

interface KnownRow {
  run: FoundRun
  /** The columns that its values were read for. */
  columns: readonly string[]
  stale: boolean
}

export interface RunRows {
  /** The head of a run; undefined while it has not been fetched. */
  at: (runId: string) => FoundRun | undefined
  /** A cell; undefined while it has not been fetched. */
  cellOf: (runId: string, column: string) => CellValue | undefined
  /** Says which runs are on view: what is not known of them is fetched. */
  show: (runIds: readonly string[]) => void
}

const rememberAtMost = 20_000
const gatherMs = 300

/** Rows of the run table, fetched as they come into sight and again when their run changes. */
export function useRunRows(columns: readonly string[]): RunRows {
  const columnsText = JSON.stringify(columns)
  const [revision, setRevision] = useState(0)
  const known = useRef(new Map<string, KnownRow>())
  const wanted = useRef<readonly string[]>([])
  /** As last shown: a question under way may be of columns before. */
  const asking = useRef(columnsText)
  const flying = useRef(false)

  const fill = useCallback(async () => {
    if (flying.current) return
    const asked = JSON.parse(asking.current) as string[]
    const missing = wanted.current.filter((id) => {
      const row = known.current.get(id)
      return !row || row.stale || row.columns.join('\n') !== asked.join('\n')
    })
    if (missing.length === 0) return
    flying.current = true
    try {
      const rows = await call('runs.rows', { runIds: missing, columns: asked })
      if (known.current.size > rememberAtMost) known.current.clear()
      for (const run of rows) known.current.set(run.id, { run, columns: asked, stale: false })
      // A run that is gone is not asked for again.
      for (const id of missing) {
        const row = known.current.get(id)
        if (row) known.current.set(id, { ...row, columns: asked, stale: false })
      }
      setRevision((count) => count + 1)
      flying.current = false
      if (rows.length === missing.length) void fill()
    } catch (cause) {
      flying.current = false
      notifyError(cause)
    }
  }, [])

  const show = useCallback(
    (runIds: readonly string[]) => {
      wanted.current = runIds
      asking.current = columnsText
      void fill()
    },
    [columnsText, fill],
  )

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = onEngineEvent((event) => {
      if (event.type === 'engine.ready') for (const row of known.current.values()) row.stale = true
      else if (
        event.type === 'run.changed' ||
        event.type === 'run.metricsLogged' ||
        event.type === 'run.alerted'
      ) {
        const row = known.current.get(event.runId)
        if (!row) return
        row.stale = true
      } else return
      timer ??= setTimeout(() => {
        timer = undefined
        void fill()
      }, gatherMs)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [fill])

  return useMemo(() => {
    const at = (runId: string) => (revision < 0 ? undefined : known.current.get(runId)?.run)
    const cellOf = (runId: string, column: string) => {
      const row = known.current.get(runId)
      const place = row?.columns.indexOf(column) ?? -1
      return place < 0 ? undefined : row?.run.values[place]
    }
    return { at, cellOf, show }
  }, [revision, show])
}
