import { copyFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Page } from '@playwright/test'
import { root } from '../../build/paths.ts'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { callEngine } from '../page-models/engine.ts'
import { shippedDataset } from '../small-datasets.ts'

let folder: string
test.beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'glyphlab labels '))
})
test.afterEach(() => rm(folder, { recursive: true, force: true }))

async function openSet(page: Page, source: string, name: string): Promise<string> {
  const { jobId } = await callEngine(page, 'datasets.import', {
    source: { kind: 'path', path: source },
    name,
  })
  await expect.poll(async () => (await callEngine(page, 'jobs.get', { jobId })).status).toBe('succeeded')
  await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Data' }).click()
  await page.getByRole('link', { name, exact: true }).click()
  await expect(page.getByRole('option').first()).toBeVisible()
  return (await callEngine(page, 'datasets.version', { name })).id
}

const drafted = async (page: Page, versionId: string) =>
  (await callEngine(page, 'datasets.samples', { versionId, draft: true, limit: 300 })).items

test('pictures are selected and labelled by keys, undone, and saved as a new version', async ({
  page,
  capture,
}) => {
  const versionId = await openSet(page, shippedDataset, 'Hands')
  const grid = page.getByRole('listbox', { name: 'Pictures of Hands' })
  const bar = page.getByRole('toolbar', { name: 'Selection and edits' })
  const classes = page.locator('.label-list')
  await grid.getByRole('option').first().click()
  await page.keyboard.press('Shift+ArrowRight')
  await page.keyboard.press('Shift+ArrowRight')
  await expect(bar).toContainText('3 pictures selected')
  await page.keyboard.press('7')
  await expect(bar).toContainText('1 unsaved edit')
  await expect(classes.getByRole('button', { name: /^7 7/ })).toContainText('23')
  await expect(grid.getByRole('option', { name: /, 7, .*, edited/ })).toHaveCount(3)

  await grid
    .getByRole('option')
    .nth(5)
    .click({ modifiers: ['Control'] })
  await expect(bar).toContainText('4 pictures selected')
  await page.keyboard.press('l')
  await page.getByRole('combobox', { name: 'Class' }).fill('thumb')
  await page.keyboard.press('Enter')
  await expect(classes.getByRole('button', { name: /thumb/ })).toContainText('4')
  await capture('labelling-grid')
  await expectAccessible(page)

  await page.keyboard.press('Control+z')
  await expect(bar).toContainText('1 unsaved edit')
  await expect(classes.getByRole('button', { name: /thumb/ })).toHaveCount(0)
  await page.keyboard.press('Control+Shift+z')
  await expect(classes.getByRole('button', { name: /thumb/ })).toContainText('4')

  await classes.getByRole('button', { name: /thumb/ }).click()
  await expect(page.getByRole('status').filter({ hasText: '4 pictures' })).toBeVisible()
  await page.getByRole('button', { name: 'Rename the class' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('up')
  await page.keyboard.press('Enter')
  await expect(grid.getByRole('option')).toHaveCount(4)
  await grid.getByRole('option').first().click()
  await page.keyboard.press('Delete')
  await expect(grid.getByRole('option')).toHaveCount(3)
  await page.keyboard.press('Control+a')
  await expect(bar).toContainText('3 pictures selected')

  await bar.getByRole('button', { name: 'Show' }).click()
  const edits = page.getByRole('dialog', { name: '4 unsaved edits' })
  await expect(edits.getByRole('listitem').first()).toContainText('Remove 0/IMG')
  await expect(edits.getByRole('listitem').nth(1)).toContainText('Rename the class “thumb” to “up”')
  await page.keyboard.press('Escape')

  await page.reload()
  await expect(bar).toContainText('4 unsaved edits')
  const shown = (await drafted(page, versionId)).map(({ path: file, label }) => [file, label])
  await bar.getByRole('button', { name: 'Save as a new version' }).click()
  await page.getByRole('textbox', { name: 'Note' }).fill('thumbs found')
  await capture('labelling-save')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(page.getByText('Version 2', { exact: false }).first()).toBeVisible()
  await expect(bar).toHaveCount(0)
  const made = await callEngine(page, 'datasets.version', { name: 'Hands' })
  expect(made).toMatchObject({ number: 2, note: 'thumbs found', sampleCount: 199 })
  const { items } = await callEngine(page, 'datasets.samples', { versionId: made.id, limit: 300 })
  expect(items.map(({ path: file, label }) => [file, label])).toEqual(shown)
})

test('the large view labels and goes on, and asks before edits are discarded', async ({ page }) => {
  const versionId = await openSet(page, shippedDataset, 'Hands')
  // The cells are there before their pictures: one that is opened so early opens when its picture has come.
  await page.route('**/rpc/datasets.samples', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    await route.continue()
  })
  // Each labelled picture leaves this list.
  await page.locator('.label-list').getByRole('button', { name: /^0 0/ }).click()
  await expect(page.getByRole('option')).toHaveCount(20)
  await page.getByRole('option', { name: 'Loading' }).first().dblclick()
  await expect(page.getByText('1 of 20')).toBeVisible()
  await page.unrouteAll({ behavior: 'wait' })
  for (const [index, key] of ['4', '5', '6'].entries()) {
    await page.keyboard.press(key)
    await expect(page.getByText(`1 of ${19 - index}`)).toBeVisible()
  }
  await page.keyboard.press('ArrowRight')
  await expect(page.getByText('2 of 17')).toBeVisible()
  await page.keyboard.press('Delete')
  await expect(page.getByText('2 of 16')).toBeVisible()
  const after = new Map((await drafted(page, versionId)).map(({ ordinal, label }) => [ordinal, label]))
  expect([0, 1, 2, 3, 4, 5].map((ordinal) => after.get(ordinal))).toEqual([
    '4',
    '5',
    '6',
    '0',
    undefined,
    '0',
  ])

  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Discard' }).click()
  await page.getByRole('button', { name: 'Discard 4 edits' }).click()
  await expect(page.getByRole('option')).toHaveCount(20)
})

test('lines of text lie in wide cells, each with its text under it', async ({ page, capture }) => {
  const source = path.join(folder, 'lines')
  await cp(path.join(root, 'data', 'ocr', 'fraktur'), source, { recursive: true })
  await openSet(page, source, 'Lines')
  const grid = page.getByRole('listbox', { name: 'Pictures of Lines' })
  const cell = grid.getByRole('option').first()
  await expect(cell).toHaveAttribute('data-lines', 'true')
  const box = await cell.boundingBox()
  expect((box?.width ?? 0) / (box?.height ?? 1)).toBeGreaterThan(4)
  await capture('text-lines')
  await expectAccessible(page)
})

test('texts and boxes are edited by keys and by mouse, on turned pictures too', async ({ page, capture }) => {
  const source = path.join(folder, 'source')
  await mkdir(source)
  await copyFile(path.join(root, 'data/ocr/phototest.tif'), path.join(source, 'phototest.tif'))
  await copyFile(path.join(root, 'data/ocr/simple-90.jpg'), path.join(source, 'simple-90.jpg'))
  const bbox = [36, 92, 509, 27]
  await writeFile(
    path.join(source, 'coco.json'),
    JSON.stringify({
      images: [
        { id: 1, file_name: 'phototest.tif', width: 640, height: 480 },
        { id: 2, file_name: 'simple-90.jpg', width: 320, height: 180 },
      ],
      categories: [
        { id: 1, name: 'line' },
        { id: 2, name: 'word' },
      ],
      annotations: [{ image_id: 1, category_id: 1, bbox, attributes: { text: 'This is a lot' } }],
    }),
  )
  const versionId = await openSet(page, source, 'Boxes')
  const boxesOf = async (ordinal: number) =>
    (await drafted(page, versionId)).find((sample) => sample.ordinal === ordinal)?.boxes ?? []
  await page.getByRole('option', { name: 'phototest.tif' }).dblclick()
  const list = page.getByRole('list', { name: 'Boxes' })
  await list.getByRole('button', { name: 'This is a lot' }).focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Shift+ArrowDown')
  await page.keyboard.press('Control+ArrowLeft')
  await expect
    .poll(() => boxesOf(0))
    .toEqual([{ x0: 37, y0: 102, x1: 545, y1: 129, label: 'line', text: 'This is a lot' }])
  await page.keyboard.press('l')
  await page.getByRole('combobox', { name: 'Class' }).fill('title')
  await page.keyboard.press('Enter')
  await expect.poll(async () => (await boxesOf(0))[0]?.label).toBe('title')
  await capture('labelling-box')
  await expectAccessible(page)
  await page.keyboard.press('Escape')

  await page.getByRole('textbox', { name: 'Text', exact: true }).fill('A page')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog', { name: 'simple-90.jpg' })).toBeVisible()
  await expect(page.getByRole('textbox', { name: 'Text', exact: true })).toBeFocused()
  await page.keyboard.type('Turned')
  await page.keyboard.press('Enter')
  await expect
    .poll(async () => (await drafted(page, versionId)).map(({ text }) => text))
    .toEqual(['A page', 'Turned'])

  // A quarter of the picture as it is displayed, its right upper one.
  const picture = await page.locator('.picture-shape img').boundingBox()
  if (!picture) throw new Error('the picture is shown')
  await page.mouse.move(picture.x + picture.width / 2, picture.y + picture.height / 2)
  await page.mouse.down()
  await page.mouse.move(picture.x + picture.width - 30, picture.y + 20, { steps: 4 })
  await page.mouse.move(picture.x + picture.width + 30, picture.y - 5, { steps: 4 })
  await page.mouse.up()
  await expect.poll(async () => (await boxesOf(1)).length).toBe(1)
  const [drawn] = await boxesOf(1)
  expect(drawn).toMatchObject({ y0: 0, x1: 320 })
  expect(Math.abs((drawn?.x0 ?? 0) - 160)).toBeLessThanOrEqual(1)
  expect(Math.abs((drawn?.y1 ?? 0) - 90)).toBeLessThanOrEqual(1)
  await page.mouse.move(picture.x + picture.width / 2, picture.y + picture.height / 2)
  await page.mouse.down()
  await page.mouse.move(picture.x + picture.width / 4, picture.y + (picture.height * 3) / 4, { steps: 4 })
  await page.mouse.up()
  await expect.poll(async () => Math.abs(((await boxesOf(1))[0]?.x0 ?? 0) - 80) <= 1).toBe(true)
  await capture('labelling-drawn')
  await page.keyboard.press('Control+z')
  await expect.poll(async () => Math.abs(((await boxesOf(1))[0]?.x0 ?? 0) - 160) <= 1).toBe(true)
  await page.getByRole('button', { name: 'Zoom in' }).click()
  const zoomed = await page.locator('.picture-shape img').boundingBox()
  expect((zoomed?.width ?? 0) / picture.width).toBeCloseTo(1.5, 1)
  const box = await page.locator('.box').boundingBox()
  expect((box?.width ?? 0) / (zoomed?.width ?? 1)).toBeCloseTo(0.5, 1)
  await page.keyboard.press('f')
  await list.getByRole('button').focus()
  await page.keyboard.press('Delete')
  await expect(page.locator('.box')).toHaveCount(0)
  await page.keyboard.press('n')
  await expect(page.locator('.box .box-handle')).toHaveCount(8)
})
