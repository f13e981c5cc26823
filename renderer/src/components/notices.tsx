import { ActionIcon, Button } from '@mantine/core'
import { CircleCheck, Info, TriangleAlert, X } from 'lucide-react'
import { useEffect } from 'react'
import { create } from 'zustand'
import './components.css'

interface Notice {
  kind: 'info' | 'success' | 'error'
  message: string
  action?: { label: string; run: () => void }
}

interface ShownNotice extends Notice {
  id: number
}

const useNotices = create<{ shown: ShownNotice[] }>()(() => ({ shown: [] }))
let lastId = 0
const atMost = 4
const staysMs = 6_000

const dismiss = (id: number): void =>
  useNotices.setState((state) => ({ shown: state.shown.filter((notice) => notice.id !== id) }))

/** Shows a short message in the corner. Errors stay until they are dismissed. */
export function notify(notice: Notice): void {
  lastId += 1
  const added = { ...notice, id: lastId }
  useNotices.setState((state) => ({
    shown: [...state.shown.filter((other) => other.message !== notice.message), added].slice(-atMost),
  }))
}

/** Shows a failure as a notice. For use in `catch`. */
export function notifyError(cause: unknown): void {
  if (cause instanceof DOMException && cause.name === 'AbortError') return
  notify({ kind: 'error', message: cause instanceof Error ? cause.message : String(cause) })
}

const icons = { info: Info, success: CircleCheck, error: TriangleAlert }

function NoticeRow({ notice }: { notice: ShownNotice }) {
  const Icon = icons[notice.kind]
  useEffect(() => {
    if (notice.kind === 'error') return
    const timer = setTimeout(() => dismiss(notice.id), staysMs)
    return () => clearTimeout(timer)
  }, [notice])
  return (
    <div className="notice" data-kind={notice.kind} role={notice.kind === 'error' ? 'alert' : 'status'}>
      <Icon size={16} aria-hidden />
      <span className="notice-text">{notice.message}</span>
      {notice.action && (
        <Button
          size="compact-xs"
          variant="subtle"
          onClick={() => {
            notice.action?.run()
            dismiss(notice.id)
          }}
        >
          {notice.action.label}
        </Button>
      )}
      <ActionIcon size={20} aria-label="Dismiss" onClick={() => dismiss(notice.id)}>
        <X size={14} />
      </ActionIcon>
    </div>
  )
}

/** The corner where notices appear. Stands once in the app. */
export function Notices() {
  const shown = useNotices((state) => state.shown)
  return (
    <div className="notices">
      {shown.map((notice) => (
        <NoticeRow key={notice.id} notice={notice} />
      ))}
    </div>
  )
}
