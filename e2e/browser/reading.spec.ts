import path from 'node:path'
import type { Page } from '@playwright/test'
import { root } from '../../build/paths.ts'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { callEngine } from '../page-models/engine.ts'

const settled = async (page: Page, jobId: string) => {
  await expect
    .poll(async () => (await callEngine(page, 'jobs.get', { jobId })).status, { timeout: 240_000 })
    .toMatch(/succeeded|failed/)
  return callEngine(page, 'jobs.get', { jobId })
}

async function read(page: Page, names: string[]): Promise<string[]> {
  const { jobId, pageIds } = await callEngine(page, 'pages.read', {
    files: names.map((name) => ({ kind: 'path' as const, path: path.join(root, 'data/ocr', name) })),
  })
  expect(await settled(page, jobId)).toMatchObject({ status: 'succeeded' })
  await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Read' }).click()
  await expect(page.getByRole('listbox', { name: 'Pages' }).getByRole('option')).toHaveCount(names.length)
  return pageIds
}

test('a page is read again with steps that are seen before and after', async ({ page, capture }) => {
  await read(page, ['phototest.tif'])
  await page.getByRole('button', { name: 'How to read' }).click()
  const dialog = page.getByRole('dialog', { name: 'How pages are read' })
  const [before, after] = [dialog.getByAltText('Before'), dialog.getByAltText('After')]
  await expect(after).toHaveJSProperty('naturalWidth', 640)
  await dialog.getByText('Steps', { exact: true }).click()
  await expect(dialog.getByText('Nothing is done with it.')).toBeVisible()
  await dialog.getByRole('checkbox', { name: 'Invert' }).check()
  await dialog.getByRole('checkbox', { name: 'Black and white' }).check()
  await expect(dialog.getByText('invert, binarise=sauvola')).toBeVisible()
  expect(await after.getAttribute('src')).not.toBe(await before.getAttribute('src'))
  await dialog.getByRole('checkbox', { name: 'Invert' }).uncheck()
  await expect(dialog.getByText('binarise=sauvola', { exact: true })).toBeVisible()
  await dialog.getByRole('combobox', { name: 'The page holds' }).click()
  await page.getByRole('option', { name: 'One block of text' }).click()
  await capture('read-how')
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Read this page again' }).click()
  await expect(page.getByRole('listbox', { name: 'Pages' }).getByRole('option')).toHaveCount(2)
  await expect(page.getByTitle(/^Read by Tesseract, psm 6, binarise=sauvola, language data/)).toBeVisible()
  await expect(page.getByRole('listbox', { name: 'Text of phototest.tif' })).toContainText('12 point text')

  await page.reload()
  await page.getByRole('button', { name: 'How to read' }).click()
  await expect(dialog.getByRole('combobox', { name: 'The page holds' })).toHaveValue('One block of text')
})

test('a batch is paused and goes on', async ({ page, capture }) => {
  const files = Array.from({ length: 30 }, () => ({
    kind: 'path' as const,
    path: path.join(root, 'data/ocr/phototest.tif'),
  }))
  const { jobId } = await callEngine(page, 'pages.read', { files })
  await page.getByRole('button', { name: /job/i }).first().click()
  const tray = page.getByRole('dialog', { name: 'Jobs' })
  await tray.getByRole('button', { name: 'Pause: Read 30 pictures' }).click()
  await expect(tray.getByText('Paused', { exact: true })).toBeVisible({ timeout: 30_000 })
  await capture('jobs-paused')
  await expectAccessible(page)
  await tray.getByRole('button', { name: 'Go on' }).click()
  expect(await settled(page, jobId)).toMatchObject({ status: 'succeeded', result: { read: 30, failed: 0 } })
})

test('corrections train a recogniser, which becomes the engine that pages are read with', async ({
  page,
  capture,
}) => {
  test.setTimeout(600_000)
  const pageIds = await read(page, ['phototest.tif', 'simple.png', 'phototest-rotated-180.png'])
  const [photo = ''] = pageIds

  await test.step('correct', async () => {
    await page
      .getByRole('listbox', { name: 'Pages' })
      .getByRole('option', { name: /phototest\.tif/ })
      .click()
    const text = page.getByRole('listbox', { name: 'Text of phototest.tif' })
    await text.getByRole('option', { name: /^ocr,/ }).dblclick()
    const editor = page.getByRole('dialog', { name: /Correct/ })
    await editor.getByRole('textbox', { name: 'Text of the word' }).fill('OCR')
    await editor.getByRole('button', { name: 'Save' }).click()
    await expect(text.getByRole('insertion')).toHaveText('OCR')
  })

  await test.step('make a dataset', async () => {
    await page.getByRole('checkbox', { name: 'Select all pages' }).check()
    await page.getByRole('button', { name: 'Make a dataset' }).click()
    const dialog = page.getByRole('dialog', { name: 'Make a dataset' })
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Letters')
    await dialog.getByRole('radio', { name: 'The selected 3 pages' }).check()
    await dialog.getByRole('checkbox', { name: /^Only lines/ }).uncheck()
    await dialog.getByRole('button', { name: 'Make a dataset' }).click()
    await dialog.getByRole('button', { name: 'Open the dataset' }).click({ timeout: 60_000 })
    await expect(page.getByRole('option', { name: /OCR code and see/ })).toBeVisible()
  })

  const runs: string[] = []
  await test.step('train twice, a few epochs each', async () => {
    const { id: datasetVersionId } = await callEngine(page, 'datasets.version', { name: 'Letters' })
    for (const epochs of [1, 2]) {
      const { jobId, runId } = await callEngine(page, 'training.start', {
        datasetVersionId,
        preset: 'line-recogniser',
        runName: `letters, ${epochs} epochs`,
        options: { epochs, batchSize: 4, imageSize: 32 },
      })
      expect(await settled(page, jobId)).toMatchObject({ status: 'succeeded', error: null })
      runs.push(runId)
    }
  })

  await test.step('compare', async () => {
    await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Runs' }).click()
    for (const epochs of [1, 2])
      await page.getByRole('checkbox', { name: `Select letters, ${epochs} epochs` }).check()
    await page.getByRole('button', { name: /^Compare/ }).click()
    await expect(page.getByRole('list', { name: 'Runs in the charts' })).toContainText('letters, 2 epochs')
  })

  const { digest } = await callEngine(page, 'models.register', {
    runId: runs[1] ?? '',
    name: 'letters',
    alias: 'champion',
  })

  await test.step('use it as the engine', async () => {
    await page.goto(new URL(`/read/${photo}`, page.url()).href)
    await page.getByRole('button', { name: 'How to read' }).click()
    const dialog = page.getByRole('dialog', { name: 'How pages are read' })
    await dialog.getByRole('combobox', { name: 'Engine' }).click()
    await page.getByRole('option', { name: 'letters@champion' }).click()
    await expect(dialog.getByText(/Version 1, trained on Letters/)).toBeVisible()
    await dialog.getByText('Nothing', { exact: true }).click()
    await capture('read-engine')
    await expectAccessible(page)
    await dialog.getByRole('button', { name: 'Read this page again' }).click()
    await expect(page.getByRole('listbox', { name: 'Pages' }).getByRole('option')).toHaveCount(4)
    await expect(page.getByText('letters@champion', { exact: true })).toBeVisible({ timeout: 60_000 })
    await expect(page.getByRole('button', { name: 'Read with letters@champion' })).toBeVisible()
    const newest = (await callEngine(page, 'pages.list', { limit: 1 })).items[0]
    const reading = await callEngine(page, 'pages.get', { pageId: newest?.id ?? '' })
    expect(reading).toMatchObject({
      status: 'read',
      engine: 'letters@champion',
      model: { reference: 'letters/1', digest },
      recipe: { psm: 3, steps: [] },
      languageDigest: null,
    })
    await capture('read-by-own-engine')
  })
})
