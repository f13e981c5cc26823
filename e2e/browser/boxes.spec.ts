import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Page } from '@playwright/test'
import { root } from '../../build/paths.ts'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { callEngine } from '../page-models/engine.ts'

/** A page, a word on a photo that its EXIF orientation turns, and a line, with boxes as COCO has them. */
const coco = {
  images: [
    { id: 1, file_name: 'phototest.tif', width: 640, height: 480 },
    { id: 2, file_name: 'simple-90.jpg', width: 320, height: 180 },
    {
      id: 3,
      file_name: 'ausland-1830.png',
      width: 841,
      height: 43,
      glyphlab: { text: 'Volk braucht man wenigſtens kein Maß zu nehmen.' },
    },
  ],
  categories: [
    { id: 1, name: 'line' },
    { id: 2, name: 'word' },
  ],
  annotations: [
    ...[92, 126, 160, 194, 228].map((y, index) => ({
      image_id: 1,
      category_id: 1,
      bbox: [36, y, 545 - index * 20, 27],
      attributes: { text: `Line ${index + 1} of the page` },
    })),
    { image_id: 1, category_id: 2, bbox: [36, 92, 60, 27], attributes: { text: 'This' } },
    { image_id: 2, category_id: 2, bbox: [0, 0, 80, 45] },
  ],
}

let folder: string
test.beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'glyphlab boxes '))
})
test.afterEach(() => rm(folder, { recursive: true, force: true }))

/** Imports the set and opens it. */
async function openSet(page: Page): Promise<void> {
  const source = path.join(folder, 'source')
  await mkdir(source)
  for (const { file_name: name } of coco.images)
    await copyFile(
      path.join(root, 'data/ocr', name.startsWith('ausland') ? `fraktur/${name}` : name),
      path.join(source, name),
    )
  await writeFile(path.join(source, 'coco.json'), JSON.stringify(coco))
  const { jobId } = await callEngine(page, 'datasets.import', {
    source: { kind: 'path', path: source },
    name: 'Boxes',
  })
  await expect.poll(async () => (await callEngine(page, 'jobs.get', { jobId })).status).toBe('succeeded')
  await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Data' }).click()
  await page.getByRole('link', { name: 'Boxes' }).click()
}

test('boxes lie where they belong, on turned pictures too, and say what they are', async ({
  page,
  capture,
}) => {
  await openSet(page)
  const grid = page.getByRole('listbox', { name: 'Pictures of Boxes' })
  await expect(grid.getByRole('option', { name: /Volk braucht man/ })).toBeVisible()
  await expect(grid.getByRole('option', { name: '6 boxes' })).toBeVisible()
  await capture('boxes-grid')

  await grid.getByRole('option', { name: 'phototest.tif' }).dblclick()
  const list = page.getByRole('list', { name: 'Boxes' })
  await expect(list.getByRole('listitem')).toHaveCount(6)
  await list.getByRole('button', { name: 'Line 3 of the page' }).focus()
  await expect(page.locator('.box[data-active="true"] .box-text')).toHaveText('Line 3 of the page')
  await capture('boxes-page')
  await expectAccessible(page)

  for (const viewport of [
    { width: 1280, height: 800 },
    { width: 900, height: 1000 },
  ]) {
    await page.setViewportSize(viewport)
    const picture = await page.locator('.picture-shape img').boundingBox()
    const word = await page.locator('.box').last().boundingBox()
    if (!picture || !word) throw new Error('the picture and its boxes are shown')
    const scale = picture.width / 640
    expect(picture.height / 480).toBeCloseTo(scale, 1)
    expect(word.x - picture.x).toBeCloseTo(36 * scale, 0)
    expect(word.y - picture.y).toBeCloseTo(92 * scale, 0)
    expect(word.width).toBeCloseTo(60 * scale, 0)
  }
  await page.setViewportSize({ width: 1280, height: 800 })

  await page.keyboard.press('ArrowRight')
  await expect(page.getByRole('dialog', { name: 'simple-90.jpg' })).toBeVisible()
  const turned = await page.locator('.picture-shape img').boundingBox()
  const corner = await page.locator('.box').boundingBox()
  expect((turned?.width ?? 0) / (turned?.height ?? 1)).toBeCloseTo(320 / 180, 1)
  expect((corner?.width ?? 0) / (turned?.width ?? 1)).toBeCloseTo(0.25, 1)
  await capture('boxes-turned')
  await page.keyboard.press('b')
  await expect(page.locator('.box')).toHaveCount(0)
})

test('the classes of the boxes are listed, narrow the pictures, and are set by keys', async ({
  page,
  capture,
}) => {
  await openSet(page)
  const lines = page.getByRole('button', { name: /^1\s*line/ })
  await expect(lines).toHaveAttribute('title', /^Boxes of line: /)
  await page.getByRole('button', { name: /^2\s*word/ }).click()
  await expect(page).toHaveURL(/box=word/)
  const grid = page.getByRole('listbox', { name: 'Pictures of Boxes' })
  await expect(grid.getByRole('option')).toHaveCount(2)
  await capture('boxes-classes')
  await expectAccessible(page)
  await lines.click()
  await expect(grid.getByRole('option')).toHaveCount(1)

  await grid.getByRole('option', { name: 'phototest.tif' }).dblclick()
  const boxes = page.getByRole('list', { name: 'Boxes' })
  await boxes.getByRole('button', { name: 'Line 1 of the page' }).click()
  await page.keyboard.press('2')
  await expect(boxes.getByRole('button', { name: /Line 1 of the page.*· word/ })).toBeVisible()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: /^2\s*word\s*3/ })).toBeVisible()
  await page.getByRole('button', { name: /^2\s*word/ }).click()
  await page.getByRole('button', { name: 'Rename the class' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('token')
  await page.getByRole('button', { name: 'Rename', exact: true }).click()
  await expect(page).toHaveURL(/box=token/)
  await expect(grid.getByRole('option')).toHaveCount(2)
})

test('a version is exported in the format that was chosen, with what the format leaves out', async ({
  page,
  capture,
}) => {
  await openSet(page)
  await page.getByRole('button', { name: 'Export', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Export Boxes v1' })
  await expect(dialog.getByRole('combobox', { name: 'As' })).toHaveValue('COCO (JSON with boxes)')
  await dialog.getByRole('combobox', { name: 'As' }).click()
  await page.getByRole('option', { name: 'YOLO (data.yaml, labels as text)' }).click()
  const target = path.join(folder, 'yolo')
  await dialog.getByRole('textbox', { name: 'Folder' }).fill(target)
  await capture('export-form')
  await dialog.getByRole('button', { name: 'Export', exact: true }).click()
  await expect(dialog.getByText('3 pictures', { exact: true })).toBeVisible()
  await expect(
    dialog.getByText('6 texts of boxes have no place in this format and were left out.'),
  ).toBeVisible()
  await capture('export-result')
  await expectAccessible(page)
  expect((await readdir(target)).sort()).toEqual(['data.yaml', 'images', 'labels'])

  await dialog.getByRole('button', { name: 'Close' }).first().click()
  await page.getByRole('button', { name: 'Export', exact: true }).click()
  await dialog.getByRole('textbox', { name: 'Folder' }).fill(target)
  await dialog.getByRole('button', { name: 'Export', exact: true }).click()
  await expect(dialog.getByText(/is not empty. An export never writes over files/)).toBeVisible()
})
