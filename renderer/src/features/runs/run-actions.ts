import type { FoundRun } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { saveFile } from '../../components/charts/chart-export.ts'
import { toCsv } from '../../components/charts/csv.ts'
import { confirm } from '../../components/confirm.tsx'
import { formatBytes, formatNumber, plural } from '../../components/format.ts'
import { notify, notifyError } from '../../components/notices.tsx'
import { colourTag } from './run-colour.ts'
import { type RunColumn, tagKeyOf } from './run-columns.ts'

const rowsAtOnce = 5_000

export async function restoreRuns(runIds: string[], changed: () => void): Promise<void> {
  try {
    const restored = await call('runs.restore', { runIds })
    notify({ kind: 'success', message: `${plural(restored.changed, 'run')} restored.` })
    changed()
  } catch (cause) {
    notifyError(cause)
  }
}

export async function deleteRuns(runIds: string[], changed: () => void): Promise<void> {
  try {
    const deleted = await call('runs.delete', { runIds })
    notify({
      kind: 'info',
      message: `${plural(deleted.changed, 'run')} deleted. Deleted runs can be restored.`,
      action: { label: 'Undo', run: () => void restoreRuns(runIds, changed) },
    })
    changed()
  } catch (cause) {
    notifyError(cause)
  }
}

/** Says what would be freed, asks, and removes deleted runs for good. */
export async function purgeRuns(runIds: string[], changed: () => void): Promise<void> {
  try {
    const preview = await call('runs.purge', { runIds, preview: true })
    const sure = await confirm({
      title: `Remove ${plural(preview.runs, 'run')} for good?`,
      message: `${formatNumber(preview.points)} logged points go, and ${formatBytes(preview.bytes)} of files that nothing else uses. This can not be taken back.`,
      action: 'Remove for good',
      danger: true,
    })
    if (!sure) return
    const purged = await call('runs.purge', { runIds })
    notify({
      kind: 'success',
      message: `${plural(purged.runs, 'run')} removed, ${formatBytes(purged.bytes)} freed.`,
    })
    changed()
  } catch (cause) {
    notifyError(cause)
  }
}

/** Gives runs a colour, in every chart; null gives back the colour that each has by its id. */
export async function colourRuns(runIds: string[], colour: string | null): Promise<void> {
  try {
    await call('runs.setTags', { runIds, tags: { [colourTag]: colour } })
  } catch (cause) {
    notifyError(cause)
  }
}

/** Saves what was typed into a cell. */
export async function editCell(run: FoundRun, column: RunColumn, text: string): Promise<void> {
  const tag = tagKeyOf(column.id)
  try {
    if (column.id === 'name') {
      if (text.trim() !== '') await call('runs.rename', { runId: run.id, name: text.trim() })
    } else if (column.id === 'note') await call('runs.note', { runId: run.id, note: text })
    else if (tag !== null)
      await call('runs.setTags', { runIds: [run.id], tags: { [tag]: text === '' ? null : text } })
  } catch (cause) {
    notifyError(cause)
  }
}

/** Saves the table as it stands: the given runs in their order, the shown columns, numbers in full. */
export async function saveRunsCsv(runIds: readonly string[], shown: readonly RunColumn[]): Promise<void> {
  const columns = shown.filter(({ kind }) => kind !== 'curve')
  try {
    const lines: (string | number)[][] = []
    for (let from = 0; from < runIds.length; from += rowsAtOnce) {
      const rows = await call('runs.rows', {
        runIds: runIds.slice(from, from + rowsAtOnce),
        columns: columns.map(({ id }) => id),
      })
      for (const row of rows) lines.push([row.id, ...row.values.map((value) => value ?? '')])
    }
    const titles = columns.map(({ title, kind }) =>
      kind === 'duration' ? `${title} ms` : kind === 'moment' ? `${title} (ms since 1970)` : title,
    )
    saveFile(toCsv(['run_id', ...titles], lines), 'Runs.csv', 'text/csv')
  } catch (cause) {
    notifyError(cause)
  }
}
