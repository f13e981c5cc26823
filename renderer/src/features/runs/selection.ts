/** Which rows are selected, where the keyboard stands, and where a range begins. Ids, so that sorting keeps them. */
export interface Selection {
  selected: ReadonlySet<string>
  active: string | null
  anchor: string | null
}

export const noSelection: Selection = { selected: new Set(), active: null, anchor: null }

function range(ids: readonly string[], from: string, to: string): string[] {
  const a = ids.indexOf(from)
  const b = ids.indexOf(to)
  if (a < 0 || b < 0) return [to]
  return ids.slice(Math.min(a, b), Math.max(a, b) + 1)
}

/** A click on a row: alone, with ctrl or cmd added or taken away, with shift all from the anchor to it. */
export function click(
  selection: Selection,
  ids: readonly string[],
  id: string,
  keys: { toggle: boolean; extend: boolean },
): Selection {
  if (keys.extend && selection.anchor !== null)
    return { selected: new Set(range(ids, selection.anchor, id)), active: id, anchor: selection.anchor }
  if (!keys.toggle) return { selected: new Set([id]), active: id, anchor: id }
  const selected = new Set(selection.selected)
  if (!selected.delete(id)) selected.add(id)
  return { selected, active: id, anchor: id }
}

/**
 * An arrow, page, home or end key: goes `by` rows (clamped), with shift extending from the anchor. With no active row
 * it comes in from above or from below.
 */
export function move(selection: Selection, ids: readonly string[], by: number, extend: boolean): Selection {
  if (ids.length === 0) return noSelection
  const active = selection.active === null ? -1 : ids.indexOf(selection.active)
  const from = active < 0 && by < 0 ? ids.length : active
  const target = Math.max(0, Math.min(ids.length - 1, from + by))
  const id = ids[target]
  return id === undefined ? selection : click(selection, ids, id, { toggle: false, extend })
}

export const selectAll = (selection: Selection, ids: readonly string[]): Selection => ({
  ...selection,
  selected: new Set(ids),
})

/** Leaves out what is no longer shown. */
export function within(selection: Selection, ids: readonly string[]): Selection {
  const present = new Set(ids)
  const kept = [...selection.selected].filter((id) => present.has(id))
  if (kept.length === selection.selected.size) return selection
  const place = (id: string | null) => (id !== null && present.has(id) ? id : null)
  return { selected: new Set(kept), active: place(selection.active), anchor: place(selection.anchor) }
}
