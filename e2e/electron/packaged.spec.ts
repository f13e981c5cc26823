import { readFileSync } from 'node:fs'
import path from 'node:path'
import { root } from '../../build/paths.ts'
import { expect, test } from '../fixtures.ts'
import { openPackaged, packageApp } from '../packaged.ts'

test.setTimeout(900_000)

test('the packaged app opens outside the checkout and reads a picture', async ({ home }) => {
  await packageApp()
  const app = await openPackaged(home)
  try {
    const { page } = app
    await expect(page.locator('#root > *').first()).toBeVisible()
    expect(page.url()).toMatch(/^glyphlab:\/\/app\//)
    const content = readFileSync(path.join(root, 'data', 'ocr', 'simple.png')).toString('base64')
    // A picture pasted into the window, as the page's own code receives it.
    await page.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
      const pasted = new DataTransfer()
      pasted.items.add(new File([bytes], 'simple.png', { type: 'image/png' }))
      document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: pasted, bubbles: true }))
    }, content)
    await expect(page.getByText('Tesseract', { exact: false }).first()).toBeVisible({ timeout: 60_000 })
  } finally {
    await app.close()
  }
})
