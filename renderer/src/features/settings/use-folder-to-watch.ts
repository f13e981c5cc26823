import { type FormEvent, useState } from 'react'

/** The path of a folder that is about to be watched, and its start. */
export interface FolderToWatch {
  path: string
  setPath: (path: string) => void
  busy: boolean
  /** Why the last start was refused. */
  error: Error | null
  /** Empties the path once it is watched. */
  watch: (path: string) => Promise<void>
  submit: (event: FormEvent) => void
}

export function useFolderToWatch(start: (path: string) => Promise<unknown>): FolderToWatch {
  const [path, setPath] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<Error | null>(null)
  const watch = async (wanted: string) => {
    setBusy(true)
    setError(null)
    try {
      await start(wanted)
      setPath('')
    } catch (cause) {
      setError(cause instanceof Error ? cause : new Error(String(cause)))
    } finally {
      setBusy(false)
    }
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (path.trim() !== '') void watch(path.trim())
  }
  return { path, setPath, busy, error, watch, submit }
}
