import type { HandlersOf, Services } from '../services.ts'

export type PageReplacingProcedure =
  | 'pages.previewReplace'
  | 'pages.replace'
  | 'pages.undoReplace'
  | 'pages.replacements'

/** Find and replace over pages. */
export function pageReplacingProcedures({
  pageReplacements,
  events,
}: Services): Pick<HandlersOf<'pages'>, PageReplacingProcedure> {
  const announce = (changed: readonly string[]) => {
    for (const pageId of changed) events.emit({ type: 'page.changed', pageId })
  }
  return {
    'pages.previewReplace': ({ limit, ...wanted }) => pageReplacements.preview(wanted, limit),
    'pages.replace': (wanted) => {
      const { made, changed } = pageReplacements.replace(wanted)
      announce(changed)
      return made
    },
    'pages.undoReplace': ({ id }) => {
      const { changed, ...counts } = pageReplacements.undo(id)
      announce(changed)
      return counts
    },
    'pages.replacements': ({ limit }) => pageReplacements.list(limit),
  }
}
