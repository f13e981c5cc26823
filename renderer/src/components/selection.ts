/** Which of a list's items are selected, and where the keyboard is. */
export interface Selection {
  selected: ReadonlySet<string>
  /** The item that arrows move from and the inspector shows; null when there is none. */
  active: string | null
  /** Where a range started by shift begins. */
  anchor: string | null
}

export const nothingSelected: Selection = { selected: new Set(), active: null, anchor: null }

export interface Modifiers {
  shiftKey: boolean
  ctrlKey: boolean
  metaKey: boolean
}

export const selectOnly = (id: string): Selection => ({ selected: new Set([id]), active: id, anchor: id })

/** A click on an item: alone it selects only that; with Ctrl or Cmd it toggles; with Shift it selects the range. */
export function selectByClick(
  before: Selection,
  ids: readonly string[],
  id: string,
  { shiftKey, ctrlKey, metaKey }: Modifiers,
): Selection {
  if (shiftKey && before.anchor !== null) return selectRange(ids, before.anchor, id)
  if (!ctrlKey && !metaKey) return selectOnly(id)
  const selected = new Set(before.selected)
  if (!selected.delete(id)) selected.add(id)
  return { selected, active: id, anchor: id }
}

function selectRange(ids: readonly string[], anchor: string, id: string): Selection {
  const from = ids.indexOf(anchor)
  const to = ids.indexOf(id)
  if (from < 0 || to < 0) return selectOnly(id)
  return { selected: new Set(ids.slice(Math.min(from, to), Math.max(from, to) + 1)), active: id, anchor }
}

/**
 * An arrow, Page, Home or End key: moves the active item by `step` places (kept inside the list); with Shift the range
 * grows. With no active item it comes in from above or from below.
 */
export function selectByStep(
  before: Selection,
  ids: readonly string[],
  step: number,
  shiftKey: boolean,
): Selection {
  if (ids.length === 0) return nothingSelected
  const active = before.active === null ? -1 : ids.indexOf(before.active)
  const from = active < 0 && step < 0 ? ids.length : active
  const id = ids[Math.min(ids.length - 1, Math.max(0, from + step))] as string
  return shiftKey && before.anchor !== null ? selectRange(ids, before.anchor, id) : selectOnly(id)
}

export const selectAll = (before: Selection, ids: readonly string[]): Selection => ({
  ...before,
  selected: new Set(ids),
})
