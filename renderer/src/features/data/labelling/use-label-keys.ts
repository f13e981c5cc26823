import { useEffect, useRef } from 'react'

const writes = (target: Element): boolean =>
  target.matches('textarea, select, [contenteditable="true"], input:not([type="radio"], [type="checkbox"])')

/** Keys mean the view's only where nothing else has them: no field, no menu, no dialog but the large view. */
function isElsewhere(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false
  if (writes(target)) return true
  if (target.closest('[role="menu"], [role="listbox"]:not(.sample-grid), [role="slider"]')) return true
  const dialog = target.closest('[role="dialog"]')
  return dialog !== null && !dialog.matches('.large-frame')
}

interface LabelKeys {
  /** A digit; says whether it means a class. */
  onDigit: (digit: string) => boolean
  onPick: () => void
  onRemove: () => void
  onUndo: () => void
  onRedo: () => void
}

/** The keys that edit, wherever in the view the focus is. */
export function useLabelKeys(keys: LabelKeys): void {
  const latest = useRef(keys)
  latest.current = keys
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || isElsewhere(event.target)) return
      const now = latest.current
      const key = event.key.toLowerCase()
      if (event.ctrlKey || event.metaKey) {
        if (key === 'z' && !event.shiftKey) now.onUndo()
        else if (key === 'y' || key === 'z') now.onRedo()
        else return
      } else if (/^\d$/.test(key)) {
        if (!now.onDigit(key)) return
      } else if (key === 'l') now.onPick()
      else if (key === 'delete') now.onRemove()
      else return
      event.preventDefault()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [])
}
