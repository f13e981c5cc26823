import { existsSync } from 'node:fs'
import path from 'node:path'
import {
  BrowserWindow,
  dialog,
  type IpcMainInvokeEvent,
  ipcMain,
  type OpenDialogOptions,
  shell,
} from 'electron'
import { z } from 'zod'
import { bridgeChannels } from './bridge-channels.ts'
import { isOwnAddress } from './origin.ts'

const pictureExtensions = ['png', 'jpg', 'jpeg', 'jfif', 'webp', 'gif', 'tif', 'tiff', 'bmp', 'avif', 'svg']

const chooseFilesOptions = z.object({ title: z.string(), multiple: z.boolean(), pictures: z.boolean() })
const chooseFolderOptions = z.object({ title: z.string(), create: z.boolean() })
const absolutePath = z.string().refine((value) => path.isAbsolute(value), 'not an absolute path')

/** Only the top frame of one of our windows, showing our own page, may ask. */
function isTrustedSender(event: IpcMainInvokeEvent): boolean {
  const frame = event.senderFrame
  if (!frame || frame !== event.sender.mainFrame) return false
  return BrowserWindow.fromWebContents(event.sender) !== null && isOwnAddress(frame.url)
}

function answer<Input, Output>(
  channel: string,
  input: z.ZodType<Input>,
  handler: (input: Input, window: BrowserWindow) => Promise<Output>,
): void {
  ipcMain.handle(channel, async (event, value: unknown) => {
    const window = BrowserWindow.fromWebContents(event.sender)
    if (!isTrustedSender(event) || !window)
      throw new Error(`${channel} was asked by a page that is not ours.`)
    return handler(input.parse(value), window)
  })
}

async function choose(window: BrowserWindow, options: OpenDialogOptions): Promise<string[]> {
  const { canceled, filePaths } = await dialog.showOpenDialog(window, options)
  return canceled ? [] : filePaths
}

/** Answers what the preload exposes as `window.glyphlabDesktop`. */
export function registerDialogs(openKeychain: () => boolean): void {
  answer(bridgeChannels.openKeychain, z.undefined(), async () => openKeychain())
  answer(bridgeChannels.chooseFiles, chooseFilesOptions, ({ title, multiple, pictures }, window) =>
    choose(window, {
      title,
      properties: multiple ? ['openFile', 'multiSelections'] : ['openFile'],
      filters: pictures
        ? [
            { name: 'Pictures', extensions: pictureExtensions },
            { name: 'All files', extensions: ['*'] },
          ]
        : [],
    }),
  )
  answer(bridgeChannels.chooseFolder, chooseFolderOptions, async ({ title, create }, window) => {
    const chosen = await choose(window, {
      title,
      properties: create ? ['openDirectory', 'createDirectory', 'promptToCreate'] : ['openDirectory'],
    })
    return chosen[0] ?? null
  })
  answer(bridgeChannels.revealInFileManager, absolutePath, async (file) => {
    if (!existsSync(file)) throw new Error(`${file} is no longer there.`)
    shell.showItemInFolder(file)
  })
}
