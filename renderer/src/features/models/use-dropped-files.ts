import { type DragEvent, useState } from 'react'

/** Makes an element take files that are dropped on it. `over` is true while files hang over it. */
export function useDroppedFiles(onFiles: (files: File[]) => void): {
  over: boolean
  handlers: {
    onDragOver: (event: DragEvent) => void
    onDragLeave: (event: DragEvent) => void
    onDrop: (event: DragEvent) => void
  }
} {
  const [over, setOver] = useState(false)
  const hasFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files')
  return {
    over,
    handlers: {
      onDragOver: (event) => {
        if (!hasFiles(event)) return
        event.preventDefault()
        setOver(true)
      },
      onDragLeave: (event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false)
      },
      onDrop: (event) => {
        if (!hasFiles(event)) return
        event.preventDefault()
        // The window around would take the files to read them.
        event.stopPropagation()
        setOver(false)
        onFiles([...event.dataTransfer.files])
      },
    },
  }
}
