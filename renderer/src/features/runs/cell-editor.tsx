import { useEffect, useRef } from 'react'

/** A field in place of a cell: Enter and leaving it save, Escape leaves things as they were. */
export function CellEditor(props: {
  label: string
  value: string
  onSave: (value: string) => void
  onClose: () => void
}) {
  const field = useRef<HTMLInputElement>(null)
  const done = useRef(false)
  useEffect(() => field.current?.select(), [])
  const end = (save: boolean) => {
    if (done.current) return
    done.current = true
    const value = field.current?.value ?? ''
    if (save && value !== props.value) props.onSave(value)
    props.onClose()
  }
  return (
    <input
      ref={field}
      className="cell-editor"
      aria-label={props.label}
      defaultValue={props.value}
      onClick={(event) => event.stopPropagation()}
      onDoubleClick={(event) => event.stopPropagation()}
      onKeyDown={(event) => {
        event.stopPropagation()
        if (event.key === 'Enter') end(true)
        if (event.key === 'Escape') end(false)
      }}
      onBlur={() => end(true)}
    />
  )
}
