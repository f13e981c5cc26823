import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { test as base, type Page } from '@playwright/test'
import { artifacts } from '../build/paths.ts'
import { type BrowserApp, type DesktopApp, openDesktop, openInBrowser, temporaryHome } from './app.ts'

interface Fixtures {
  /** A fresh data folder. */
  home: string
  /** The app on that folder: the desktop window in project `electron`, a tab of Chromium in project `browser`. */
  app: DesktopApp | BrowserApp
  page: Page
  /** Keeps a screenshot in `artifacts/screenshots`, in light and in dark. */
  capture: (name: string) => Promise<void>
}

export const test = base.extend<Fixtures>({
  home: async ({ playwright: _ }, use) => {
    await using home = await temporaryHome()
    await use(home.path)
  },
  app: async ({ home }, use, { project }) => {
    const app = project.name === 'electron' ? await openDesktop(home) : await openInBrowser(home)
    await use(app)
    await app.close()
  },
  page: async ({ app }, use) => use(app.page),
  capture: async ({ page }, use, { project }) => {
    const folder = path.join(artifacts, 'screenshots')
    await mkdir(folder, { recursive: true })
    await use(async (name) => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        await page.screenshot({ path: path.join(folder, `${project.name}-${name}-${colorScheme}.png`) })
      }
      await page.emulateMedia({ colorScheme: null })
    })
  },
})

export { expect } from '@playwright/test'
