import path from 'node:path'
import { root } from '../../build/paths.ts'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { callEngine } from '../page-models/engine.ts'

test('a word is replaced on all pages at once, seen before, and taken back as one', async ({
  page,
  capture,
}) => {
  const names = ['phototest.tif', 'phototest-rotated-180.png', 'simple.png']
  const { jobId, pageIds } = await callEngine(page, 'pages.read', {
    files: names.map((name) => ({ kind: 'path' as const, path: path.join(root, 'data/ocr', name) })),
  })
  await expect
    .poll(async () => (await callEngine(page, 'jobs.get', { jobId })).status, { timeout: 60_000 })
    .toBe('succeeded')
  await page.goto(new URL(`/read/${pageIds[0]}`, page.url()).href)
  const text = page.getByRole('listbox', { name: 'Text of phototest.tif' })
  await expect(text).toContainText('brown dog')

  await page.getByRole('button', { name: 'Find and replace' }).click()
  const dialog = page.getByRole('dialog', { name: 'Find and replace' })
  await dialog.getByRole('textbox', { name: 'Find' }).fill('DOG')
  await dialog.getByRole('textbox', { name: 'Replace with' }).fill('cat')
  await dialog.getByRole('checkbox', { name: 'Whole words' }).check()
  await expect(dialog.getByText('8 places on 2 pages.')).toBeVisible()
  await expect(dialog.getByRole('list', { name: 'phototest.tif' }).getByRole('listitem')).toHaveCount(4)
  await dialog.getByRole('checkbox', { name: 'Match case' }).check()
  await expect(dialog.getByText('It is on none of the pages.')).toBeVisible()
  await dialog.getByRole('checkbox', { name: 'Match case' }).uncheck()
  await dialog.getByText('This page', { exact: true }).click()
  await expect(dialog.getByText('4 places on 1 page.')).toBeVisible()
  await dialog.getByText('All pages', { exact: true }).click()
  await expect(dialog.getByText('8 places on 2 pages.')).toBeVisible()
  await capture('replace')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await expectAccessible(page)
  }

  await dialog.getByRole('button', { name: 'Replace all' }).click()
  await expect(dialog.getByText('“DOG” became “cat” in 8 places on 2 pages.')).toBeVisible()
  await capture('replace-made')
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Close' }).click()
  await expect(text.getByRole('insertion')).toHaveText(['cat', 'cat', 'cat', 'cat'])

  await page.getByRole('button', { name: 'Find and replace' }).click()
  await dialog.getByRole('button', { name: 'Undo' }).click()
  await expect(page.getByText('8 words restored.')).toBeVisible()
  await expect(dialog.getByRole('button', { name: 'Undo' })).toBeHidden()
  await dialog.getByRole('button', { name: 'Close' }).click()
  await expect(text.getByRole('insertion')).toHaveCount(0)
  await expect(text).toContainText('brown dog')
})
