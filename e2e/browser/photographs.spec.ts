import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { photographed } from '../../build/bench/photographed.ts'
import { root } from '../../build/paths.ts'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { callEngine } from '../page-models/engine.ts'

test('a photograph of a page is read anew with PP-OCR by one click', async ({ page, home, capture }) => {
  const file = path.join(home, 'photograph.jpg')
  await writeFile(file, await photographed(await readFile(path.join(root, 'data/ocr/phototest.tif')), 1))
  const scan = path.join(root, 'data/ocr/phototest.tif')
  const {
    pageIds: [photoId = '', scanId = ''],
  } = await callEngine(page, 'pages.read', {
    files: [
      { kind: 'path', path: file },
      { kind: 'path', path: scan },
    ],
  })
  const suggestion = page.getByRole('note', { name: 'Another engine for this page' })

  await page.goto(new URL(`/read/${scanId}`, page.url()).href)
  await expect(page.getByRole('listbox', { name: 'Text of phototest.tif' })).toContainText('12 point text', {
    timeout: 60_000,
  })
  await expect(suggestion).toBeHidden()

  await page.goto(new URL(`/read/${photoId}`, page.url()).href)
  await expect(suggestion).toContainText('looks like a photograph', { timeout: 60_000 })
  await capture('read-photograph')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await expectAccessible(page)
  }

  await suggestion.getByRole('button', { name: 'Read with PP-OCR' }).click()
  await expect(page.getByRole('listbox', { name: 'Pages' }).getByRole('option')).toHaveCount(3)
  await expect(page.getByTitle(/^Read by PP-OCR/)).toBeVisible({ timeout: 60_000 })
  await expect(page.getByRole('listbox', { name: 'Text of photograph.jpg' })).toContainText('12 point text')
  await expect(suggestion).toBeHidden()
  await page.mouse.move(0, 0)
  await capture('read-photograph-ppocr')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await expectAccessible(page)
  }
})
