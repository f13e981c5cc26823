import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Page } from '@playwright/test'
import { root } from '../../build/paths.ts'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { callEngine } from '../page-models/engine.ts'

let folder: string
test.beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'glyphlab out '))
})
test.afterEach(() => rm(folder, { recursive: true, force: true }))

/** Reads two pages and corrects a word of the first. */
async function readPages(page: Page): Promise<string[]> {
  const { jobId, pageIds } = await callEngine(page, 'pages.read', {
    files: ['phototest.tif', 'simple.png'].map((name) => ({
      kind: 'path' as const,
      path: path.join(root, 'data/ocr', name),
    })),
  })
  await expect.poll(async () => (await callEngine(page, 'jobs.get', { jobId })).status).toBe('succeeded')
  await callEngine(page, 'pages.correctWord', { pageId: pageIds[0] ?? '', wordIndex: 3, text: 'heap' })
  await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Read' }).click()
  await expect(page.getByRole('listbox', { name: 'Pages' }).getByRole('option')).toHaveCount(2)
  return pageIds
}

test('pages are exported from the window, as one file and as one each', async ({ page, capture }) => {
  await readPages(page)
  await page.getByRole('checkbox', { name: 'Select all pages' }).check()
  await page.getByRole('button', { name: 'Export 2 pages' }).click()
  const dialog = page.getByRole('dialog', { name: 'Export 2 pages' })
  const choose = async (format: string) => {
    await dialog.getByRole('combobox', { name: 'As' }).click()
    await page.getByRole('option', { name: format }).click()
  }
  await choose('Searchable PDF')
  const out = path.join(folder, 'pdf')
  await dialog.getByRole('textbox', { name: 'Folder' }).fill(out)
  await capture('read-export')
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Export' }).click()
  await expect(dialog.getByText(out)).toBeVisible()
  await expect(dialog.getByText('2 pages', { exact: true })).toBeVisible()
  await capture('read-exported')
  await dialog.getByRole('button', { name: 'Close', exact: true }).last().click()
  expect(await readdir(out)).toEqual(['glyphlab-export.json', 'pages.pdf'])

  await page.getByRole('button', { name: 'Export 2 pages' }).click()
  await choose('ALTO 4')
  await dialog.getByRole('textbox', { name: 'Folder' }).fill(path.join(folder, 'alto'))
  await dialog.getByRole('button', { name: 'Export' }).click()
  await expect(dialog.getByText('2 pages', { exact: true })).toBeVisible()
  expect((await readdir(path.join(folder, 'alto'))).sort()).toEqual([
    'glyphlab-export.json',
    'phototest.tif',
    'phototest.xml',
    'simple.png',
    'simple.xml',
  ])
  expect(await readFile(path.join(folder, 'alto', 'phototest.xml'), 'utf8')).toContain('CONTENT="heap"')
})

test('words are found in all pages and marked on the page', async ({ page, capture }) => {
  const [phototest = ''] = await readPages(page)
  const field = page.getByRole('searchbox', { name: 'Search in all pages' })
  // Of the last word the beginning is enough: "fox." and "format."
  await field.fill('lazy fo')
  const found = page.getByRole('list', { name: 'Pages found' })
  await expect(found.getByRole('listitem')).toHaveCount(1)
  await expect(found.getByRole('link')).toContainText('phototest.tif')
  await found.getByRole('link').click()
  await expect(page).toHaveURL(new RegExp(`/read/${phototest}\\?q=lazy\\+fo`))
  await expect(page.locator('.word-box[data-marked="true"]')).toHaveCount(9)
  await expect(page.locator('.text-word[data-marked="true"]')).toHaveCount(9)
  await capture('read-search')
  await expectAccessible(page)

  await field.fill('heap')
  await expect(page.locator('.text-word[data-marked="true"]')).toHaveCount(1)
  await expect(page.locator('.text-word[data-marked="true"]')).toContainText('heap')
  await field.fill('nowhere')
  await expect(page.getByText('No page has this word.')).toBeVisible()
  await field.press('Escape')
  await expect(page.getByRole('listbox', { name: 'Pages' })).toBeVisible()
  await expect(page.locator('[data-marked="true"]')).toHaveCount(0)

  await page.keyboard.press('Control+k')
  await page.getByRole('textbox', { name: 'Search' }).fill('12 point heap')
  await expect(page.getByText('Text on pages')).toHaveCount(0)
  await page.getByRole('textbox', { name: 'Search' }).fill('quick brown')
  await page.getByRole('button', { name: /phototest\.tif.*quick brown/ }).click()
  await expect(page.locator('.text-word[data-marked="true"]').first()).toBeVisible()
})

test('corrections become a dataset with one button', async ({ page, capture }) => {
  await readPages(page)
  await page.getByRole('button', { name: 'Make a dataset' }).click()
  const dialog = page.getByRole('dialog', { name: 'Make a dataset' })
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Letters')
  await capture('read-dataset')
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Make a dataset' }).click()
  await dialog.getByRole('button', { name: 'Open the dataset' }).click()
  await expect(page.getByRole('option', { name: /This is a heap of 12 point text/ })).toBeVisible()
})

test('text is copied in another shape', async ({ page }) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await readPages(page)
  await page
    .getByRole('listbox', { name: 'Pages' })
    .getByRole('option', { name: /phototest/ })
    .click()
  await page.getByRole('button', { name: 'Copy as' }).click()
  await page.getByRole('menuitem', { name: 'Text in paragraphs' }).click()
  await expect
    .poll(() => page.evaluate(() => navigator.clipboard.readText()))
    .toMatch(/^This is a heap of 12 point text to test the ocr code/)
  await page.getByRole('button', { name: 'Copy as' }).click()
  await page.getByRole('menuitem', { name: 'hOCR' }).click()
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain('ocrx_word')
})
