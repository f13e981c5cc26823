import { useCallback, useMemo, useRef } from 'react'
import type { DraftState, SampleEdit } from '../../../../../core/contract/index.ts'
import { call } from '../../../client/rpc.ts'
import { notifyError } from '../../../components/notices.tsx'
import { useQuery } from '../../../components/use-query.ts'

export interface DraftActions {
  /** Undefined until the first answer; a new object with every change. */
  state: DraftState | undefined
  edit: (edit: SampleEdit) => void
  undo: () => void
  /** Whether edits are on their way to the engine: what it says of samples is older than what is shown. */
  waiting: () => boolean
  redo: () => void
}

/** The unsaved edits of a version. Edits go to the engine one after the other, in the order of the keys pressed. */
export function useDraft(versionId: string, split: string | null, onChanged: () => void): DraftActions {
  const which = useMemo(() => ({ versionId, ...(split === null ? {} : { split }) }), [versionId, split])
  const { data: state, set } = useQuery(
    'datasets.draft',
    { ...which, limit: 1 },
    { refreshOn: (event) => event.type === 'draft.changed' && event.versionId === versionId },
  )
  const before = useRef<Promise<void>>(Promise.resolve())
  const inFlight = useRef(0)
  const changed = useRef(onChanged)
  changed.current = onChanged

  const send = useCallback(
    (change: () => Promise<DraftState>) => {
      inFlight.current += 1
      before.current = before.current
        .then(async () => {
          const now = await change()
          inFlight.current -= 1
          set({ ...now, edits: [], total: now.count })
          changed.current()
        })
        .catch((cause: unknown) => {
          inFlight.current -= 1
          changed.current()
          notifyError(cause)
        })
    },
    [set],
  )
  const edit = useCallback(
    (one: SampleEdit) => send(() => call('datasets.edit', { ...which, edit: one })),
    [send, which],
  )
  const undo = useCallback(() => send(() => call('datasets.undo', which)), [send, which])
  const redo = useCallback(() => send(() => call('datasets.redo', which)), [send, which])
  const waiting = useCallback(() => inFlight.current > 0, [])
  return useMemo(() => ({ state, edit, undo, redo, waiting }), [state, edit, undo, redo, waiting])
}
