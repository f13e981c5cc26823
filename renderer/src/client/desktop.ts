/** What only the desktop shell can do (electron/preload.ts); absent in a browser tab. */
export interface DesktopBridge {
  /** Opens the system's dialog; paths of what was chosen, empty when it was closed. */
  chooseFiles(options: { title: string; multiple: boolean; pictures: boolean }): Promise<string[]>
  chooseFolder(options: { title: string; create: boolean }): Promise<string | null>
  /** Keys that are set from now on are encrypted by the system's keychain; false where there is none. */
  openKeychain(): Promise<boolean>
  /** The path of a dropped file or folder; '' when it has none (a pasted picture). */
  pathForFile(file: File): string
  revealInFileManager(path: string): Promise<void>
}

declare global {
  interface Window {
    glyphlabDesktop?: DesktopBridge
  }
}

export const desktop = (): DesktopBridge | undefined => window.glyphlabDesktop
