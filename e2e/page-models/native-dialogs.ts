import type { ElectronApplication } from '@playwright/test'
import type { OpenDialogOptions } from 'electron'

/**
 * Answers the system's dialogs for opening, which can't be clicked from here, with the paths given; null closes them
 * without a choice. Holds until it is called again.
 */
export function answerOpenDialogs(electron: ElectronApplication, paths: string[] | null): Promise<void> {
  return electron.evaluate(({ dialog }, filePaths) => {
    const shared = globalThis as unknown as { openDialogs?: unknown[] }
    shared.openDialogs ??= []
    const asked = shared.openDialogs
    dialog.showOpenDialog = async (...words: unknown[]) => {
      asked.push(words.at(-1))
      return { canceled: filePaths === null, filePaths: filePaths ?? [] }
    }
  }, paths)
}

/** What each dialog that was opened so far asked for. */
export const openDialogs = (electron: ElectronApplication): Promise<OpenDialogOptions[]> =>
  electron.evaluate(() => (globalThis as unknown as { openDialogs?: OpenDialogOptions[] }).openDialogs ?? [])
