import path from 'node:path'
import { root } from '../../build/paths.ts'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { callEngine } from '../page-models/engine.ts'

test('words are joined, split and moved by mouse and keyboard, and every step is taken back', async ({
  page,
  capture,
}) => {
  const { jobId, pageIds } = await callEngine(page, 'pages.read', {
    files: [{ kind: 'path', path: path.join(root, 'data/ocr/phototest.tif') }],
  })
  await expect
    .poll(async () => (await callEngine(page, 'jobs.get', { jobId })).status, { timeout: 60_000 })
    .toBe('succeeded')
  const pageId = pageIds[0] ?? ''
  const words = async () => (await callEngine(page, 'pages.get', { pageId })).words
  await page.goto(new URL(`/read/${pageId}`, page.url()).href)
  const text = page.getByRole('listbox', { name: 'Text of phototest.tif' })

  await text.getByRole('option', { name: /^This,/ }).click()
  await page.keyboard.press('j')
  await expect(text.getByRole('insertion')).toHaveText(['Thisis'])

  await text.getByText('Thisis').dblclick()
  const editor = page.getByRole('dialog', { name: 'Correct “This is”' })
  await editor.getByRole('textbox').press('Home')
  for (let step = 0; step < 4; step += 1) await editor.getByRole('textbox').press('ArrowRight')
  await capture('word-editor')
  await expectAccessible(page)
  await editor.getByRole('button', { name: 'Split here' }).click()
  await expect(text.getByRole('insertion')).toHaveText(['This', 'is'])

  await text.getByRole('option', { name: /^lot,/ }).click()
  const lot = (await words()).find((word) => word.text === 'lot')
  await page.keyboard.press('m')
  await page.keyboard.press('Shift+ArrowRight')
  await page.keyboard.press('Control+ArrowDown')
  await expect(page.getByRole('application', { name: /^Box of “lot”/ })).toBeVisible()
  await page.keyboard.press('Enter')
  await expect
    .poll(async () => (await words()).find((word) => word.text === 'lot')?.box)
    .toEqual({
      x0: (lot?.box.x0 ?? 0) + 10,
      y0: lot?.box.y0,
      x1: (lot?.box.x1 ?? 0) + 10,
      y1: (lot?.box.y1 ?? 0) + 1,
    })

  await page.keyboard.press('m')
  await text.getByRole('option', { name: /^point,/ }).click()
  await page.keyboard.press('m')
  const sheet = await page.getByRole('application', { name: /^Box of “point”/ }).boundingBox()
  const at = { x: (sheet?.x ?? 0) + 40, y: (sheet?.y ?? 0) + 50 }
  await page.mouse.move(at.x, at.y)
  await page.mouse.down()
  await page.mouse.move(at.x + 60, at.y + 20, { steps: 4 })
  await page.mouse.up()
  await capture('word-box')
  await page.keyboard.press('Enter')
  const { width } = await callEngine(page, 'pages.get', { pageId })
  const scale = (width ?? 0) / (sheet?.width ?? 1)
  await expect
    .poll(async () => (await words()).find((word) => word.text === 'point')?.box.x0)
    .toBeCloseTo(40 * scale, -1)

  await text.focus()
  for (const undone of ['the new box', 'the new box', 'splitting a word', 'joining words']) {
    await expect(page.getByRole('button', { name: `Undo ${undone}` })).toBeEnabled()
    await page.keyboard.press('Control+z')
    await expect(page.getByRole('button', { name: `Redo ${undone}` })).toBeEnabled()
  }
  await expect(text.getByRole('insertion')).toHaveCount(0)
  await page.keyboard.press('Control+Shift+z')
  await expect(text.getByRole('insertion')).toHaveText(['Thisis'])
})
