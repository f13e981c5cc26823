import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { root } from '../../build/paths.ts'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'

test('pictures that come into a watched folder are read by themselves', async ({ page, capture }) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'glyphlab-e2e-read-'))
  try {
    await page.goto(new URL('/settings', page.url()).href)
    const form = page.getByRole('form', { name: 'Folders to read' })
    await form.getByRole('textbox', { name: 'Folder to read' }).fill(path.join(folder, 'nowhere'))
    await form.getByRole('button', { name: 'Read' }).click()
    await expect(page.getByText(/There is no folder .*nowhere/)).toBeVisible()
    await form.getByRole('textbox', { name: 'Folder to read' }).fill(folder)
    await form.getByRole('button', { name: 'Read' }).click()
    const row = page.getByRole('table', { name: 'Folders to read' }).getByRole('row').nth(1)
    await expect(row).toContainText('Not yet')
    await copyFile(path.join(root, 'data/ocr/simple.png'), path.join(folder, 'simple.png'))
    await expect(row.getByRole('cell').nth(2)).toHaveText('1', { timeout: 30_000 })
    await row.scrollIntoViewIfNeeded()
    await capture('read-folders')
    await expectAccessible(page)
    await row.getByRole('button', { name: `Stop reading ${folder}` }).click()
    await expect(page.getByRole('table', { name: 'Folders to read' })).toBeHidden()
    await page.getByRole('link', { name: 'Read', exact: true }).click()
    await expect(page.getByRole('listbox', { name: 'Text of simple.png' })).toContainText('Tesseract.js', {
      timeout: 30_000,
    })

    // What was made to be quick can go: it is made again.
    await page.goto(new URL('/settings', page.url()).href)
    const caches = page.getByRole('region', { name: 'Caches' })
    await expect(caches).toContainText(/Thumbnails\s*[1-9][\d.]* (B|kB) of at most/)
    await caches.getByRole('button', { name: 'Empty the caches' }).click()
    await expect(caches).toContainText(/Thumbnails\s*0 B of at most/)
    await expect(caches.getByRole('button', { name: 'Empty the caches' })).toBeDisabled()
    await capture('settings-caches')
    await page.getByRole('link', { name: 'Read', exact: true }).click()
    await expect(page.getByRole('img', { name: 'simple.png' }).first()).toHaveJSProperty('complete', true)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
