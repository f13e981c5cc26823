import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { test as base, type Page } from '@playwright/test'
import { artifacts } from '../build/paths.ts'
import { type BrowserApp, type DesktopApp, openDesktop, openInBrowser, temporaryHome } from './app.ts'

export type Capture = (name: string) => Promise<void>

interface Fixtures {
  /** A fresh data folder. */
  home: string
  /** The app on that folder: the desktop window in project `electron`, a tab of Chromium in project `browser`. */
  app: DesktopApp | BrowserApp
  page: Page
  /** Keeps screenshots in `artifacts/screenshots`, in light and in dark, of a small and of a large window. */
  capture: Capture
}

const windowSizes = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
]

/** In the page: charts measure themselves after the layout, and are drawn with the frame after that. */
const twoFrames = () =>
  new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())))

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
      const before = await page.evaluate(() => ({ width: innerWidth, height: innerHeight }))
      for (const { width, height } of windowSizes) {
        await page.setViewportSize({ width, height })
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme })
          await page.evaluate(twoFrames)
          const file = `${project.name}-${name}-${width}x${height}-${colorScheme}.png`
          await page.screenshot({ path: path.join(folder, file) })
        }
      }
      await page.emulateMedia({ colorScheme: null })
      await page.setViewportSize(before)
    })
  },
})

export { expect } from '@playwright/test'
