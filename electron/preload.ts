import { contextBridge, ipcRenderer, webUtils } from 'electron'
import { bridgeChannels } from './bridge-channels.ts'

contextBridge.exposeInMainWorld('glyphlabDesktop', {
  chooseFiles: (options: unknown) => ipcRenderer.invoke(bridgeChannels.chooseFiles, options),
  chooseFolder: (options: unknown) => ipcRenderer.invoke(bridgeChannels.chooseFolder, options),
  openKeychain: () => ipcRenderer.invoke(bridgeChannels.openKeychain),
  pathForFile: (file: File) => webUtils.getPathForFile(file),
  revealInFileManager: (path: unknown) => ipcRenderer.invoke(bridgeChannels.revealInFileManager, path),
})
