import path from 'node:path'
import type { Page } from '@playwright/test'
import sharp from 'sharp'
import { root } from '../../build/paths.ts'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { callEngine } from '../page-models/engine.ts'

const pageNow = async (page: Page) =>
  callEngine(page, 'pages.get', { pageId: new URL(page.url()).pathname.split('/')[2] ?? '' })

/** Drags over the picture, in parts of its sides. */
async function drag(page: Page, [x0, y0, x1, y1]: [number, number, number, number]): Promise<void> {
  const box = await page.locator('.picture-sheet').boundingBox()
  if (!box) throw new Error('no picture')
  const inner = { x: box.x + 16, y: box.y + 16, width: box.width - 32, height: box.height - 32 }
  await page.mouse.move(inner.x + x0 * inner.width, inner.y + y0 * inner.height)
  await page.mouse.down()
  await page.mouse.move(inner.x + x1 * inner.width, inner.y + y1 * inner.height, { steps: 4 })
  await page.mouse.up()
}

test.setTimeout(40_000)

test('pages are turned, cropped, put in order and removed; regions, tables and missed words are drawn', async ({
  page,
  capture,
}, info) => {
  const edges = [
    ...[40, 100, 160, 220].map((y) => `M40 ${y}h520`),
    ...[40, 300, 560].map((x) => `M${x} 40v180`),
  ]
  const cells = ['Fruit', 'Weight', 'Apple', '120', 'Banana', '180'].map(
    (text, at) =>
      `<text x="${60 + (at % 2) * 260}" y="${80 + Math.floor(at / 2) * 60}" font-family="DejaVu Sans" font-size="28">${text}</text>`,
  )
  const table = info.outputPath('table.png')
  await sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="600" height="260"><rect width="600" height="260" fill="#fff"/>${cells.join('')}<path d="${edges.join('')}" stroke="#000" stroke-width="3"/></svg>`,
    ),
  )
    .png()
    .toFile(table)
  const { jobId } = await callEngine(page, 'pages.read', {
    files: [path.join(root, 'data/ocr/phototest.tif'), table].map((file) => ({ kind: 'path', path: file })),
  })
  await expect
    .poll(async () => (await callEngine(page, 'jobs.get', { jobId })).status, { timeout: 30_000 })
    .toBe('succeeded')
  await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Read' }).click()
  const list = page.getByRole('listbox', { name: 'Pages' })
  const names = () => list.getByRole('option').allInnerTexts()
  await expect(list.getByRole('option')).toHaveCount(2)

  await test.step('a table is shown as one', async () => {
    await list.getByRole('option', { name: /table\.png/ }).click()
    await page.getByText('Table', { exact: true }).click()
    const shown = page.getByRole('table', { name: 'Table 1' })
    await expect(shown.getByRole('row')).toHaveCount(3)
    await shown.getByRole('button', { name: 'Banana' }).click()
    await capture('read-table')
    await expectAccessible(page)
  })

  await test.step('order', async () => {
    await list.focus()
    await page.keyboard.press('Alt+ArrowDown')
    await expect.poll(async () => (await names())[0]).toContain('table.png')
    await page.keyboard.press('Alt+ArrowDown')
    await expect.poll(async () => (await names())[0]).toContain('phototest.tif')
    await list
      .getByRole('option', { name: /table\.png/ })
      .dragTo(list.getByRole('option', { name: /photo/ }), {
        targetPosition: { x: 40, y: 6 },
      })
    await expect.poll(async () => (await names())[0]).toContain('table.png')
  })

  await test.step('turn and crop', async () => {
    await list.getByRole('option', { name: /phototest/ }).click()
    await page.getByRole('button', { name: 'Turn right' }).click()
    await expect.poll(async () => (await pageNow(page)).width).toBe(480)
    await page.getByRole('button', { name: 'Undo turning the page' }).click()
    await expect.poll(async () => (await pageNow(page)).width).toBe(640)
    await page.getByRole('button', { name: 'Crop', exact: true }).click()
    await drag(page, [0, 0.15, 1, 0.8])
    await page.getByRole('button', { name: 'Crop to this' }).click()
    await expect.poll(async () => (await pageNow(page)).height).toBeLessThan(320)
    await page.getByRole('button', { name: 'Undo cropping the page' }).click()
    await expect.poll(async () => (await pageNow(page)).height).toBe(480)
  })

  await test.step('a missed word', async () => {
    await page.getByRole('button', { name: 'Add a missed word' }).click()
    await drag(page, [0.1, 0.85, 0.3, 0.92])
    await page.getByRole('textbox', { name: 'The missed word' }).fill('End')
    await page.getByRole('button', { name: 'Add the word' }).click()
    await expect(page.getByRole('listbox', { name: /^Text of/ })).toContainText('End')
    await page.getByRole('button', { name: 'Undo the added word' }).click()
    await expect(page.getByRole('listbox', { name: /^Text of/ })).not.toContainText('End')
  })

  await test.step('unknown words', async () => {
    await page.getByRole('button', { name: 'Mark unknown words' }).click()
    await expect(page.getByText('0 unknown')).toBeVisible()
    const [word] = (await pageNow(page)).words
    const { id: pageId } = await pageNow(page)
    await callEngine(page, 'pages.correctWord', { pageId, wordIndex: word?.index ?? 0, text: 'Tbiis' })
    await expect(page.getByText('1 unknown')).toBeVisible()
    await expect(page.getByRole('option', { name: 'ThisTbiis' })).toHaveAttribute('data-unknown', 'true')
    await callEngine(page, 'pages.undo', { pageId })
  })

  await test.step('regions', async () => {
    await page.getByRole('button', { name: 'Regions' }).click()
    const bar = page.getByRole('region', { name: 'Regions' })
    await drag(page, [0.03, 0.17, 0.97, 0.39])
    await expect(bar.getByRole('button', { name: '1 Text' })).toBeVisible()
    await drag(page, [0.03, 0.395, 0.97, 0.77])
    await bar.getByRole('button', { name: '2 Text' }).click()
    await bar.getByRole('button', { name: 'Earlier' }).click()
    await bar.getByRole('button', { name: '1 Text' }).press('ArrowDown')
    await bar.getByRole('button', { name: '1 Text' }).click()
    await bar.getByText('Ignore', { exact: true }).click()
    await drag(page, [0.03, 0.8, 0.5, 0.95])
    await expect(bar.getByRole('button', { name: '3 Ignore' })).toBeVisible()
    await capture('read-regions')
    await expectAccessible(page)
    await bar.getByRole('button', { name: 'Read again' }).click()
    await expect(list.getByRole('option')).toHaveCount(3)
    await expect(page.getByRole('listbox', { name: /^Text of/ })).toHaveText(/^The quick brown dog/)
  })

  await test.step('remove and restore', async () => {
    await page.getByRole('button', { name: 'Remove this page' }).click()
    await expect(list.getByRole('option')).toHaveCount(2)
    await page.getByRole('button', { name: 'Removed 1' }).click()
    const removed = page.getByRole('dialog', { name: 'Removed pages' })
    await expectAccessible(page)
    await removed.getByRole('button', { name: 'Restore phototest.tif' }).click()
    await expect(list.getByRole('option')).toHaveCount(3)
    await removed.getByRole('button', { name: 'Close' }).click()
  })
})
