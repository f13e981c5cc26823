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

/** In the page: once charts have measured themselves and the pictures on view are there. */
const settled = () =>
  new Promise<void>((resolve) => {
    const look = () => {
      const waiting = [...document.images].some((image) => {
        const { top, bottom } = image.getBoundingClientRect()
        return !image.complete && bottom > 0 && top < innerHeight
      })
      if (waiting) requestAnimationFrame(look)
      else resolve()
    }
    requestAnimationFrame(() => requestAnimationFrame(look))
  })

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
          await page.evaluate(settled)
          const file = `${project.name}-${name}-${width}x${height}-${colorScheme}.png`
          await page.screenshot({ path: path.join(folder, file), animations: 'disabled' })
        }
      }
      await page.emulateMedia({ colorScheme: null })
      await page.setViewportSize(before)
    })
  },
})

export { expect } from '@playwright/test'
