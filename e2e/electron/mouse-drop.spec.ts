import { cp } from 'node:fs/promises'
import path from 'node:path'
import type { Page } from '@playwright/test'
import { root } from '../../build/paths.ts'
import { expect, test } from '../fixtures.ts'
import { shippedDataset, writeIdxPair } from '../small-datasets.ts'

/** Drags files from outside over the window and lets them go in its middle, as the system reports it. */
async function drag(page: Page, files: string[]): Promise<void> {
  await page.getByRole('heading', { name: 'Read', level: 1 }).waitFor()
  const session = await page.context().newCDPSession(page)
  const spot = { x: 640, y: 400, data: { items: [], files, dragOperationsMask: 1 } }
  const veil = page.getByText('Drop pictures to read them')
  await session.send('Input.dispatchDragEvent', { type: 'dragEnter', ...spot })
  await session.send('Input.dispatchDragEvent', { type: 'dragOver', ...spot })
  await expect(veil).toBeVisible()
  await session.send('Input.dispatchDragEvent', { type: 'drop', ...spot })
  await expect(veil).toBeHidden()
  await session.detach()
}

/** Once the window has said what it would do, and has the focus on it. */
async function enterOn(page: Page, name: string | RegExp): Promise<void> {
  const offer = page.getByRole('dialog').getByRole('button', { name })
  await expect(offer.and(page.locator(':focus'))).toBeVisible()
  await page.keyboard.press('Enter')
}

async function enterImports(page: Page, name: string): Promise<void> {
  const field = page.getByRole('dialog', { name: 'Import a dataset' }).getByRole('textbox', { name: 'Name' })
  await expect(field.and(page.locator(':focus'))).toHaveValue(name)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name, level: 1 }).waitFor({ timeout: 60_000 })
}

test('a folder dropped with the mouse is imported on Enter', async ({ page }) => {
  await drag(page, [shippedDataset])
  await enterOn(page, 'Import the folder “sign-language-digits” as a dataset')
  await enterImports(page, 'sign-language-digits')
  await expect(page.getByText('200 pictures', { exact: true })).toBeVisible()
  // By its path: nothing of it was sent through the window.
  await expect(page.getByRole('complementary').getByText(shippedDataset)).toBeVisible()
})

test('an IDX pair dropped with the mouse is imported on Enter', async ({ page }, info) => {
  await drag(page, await writeIdxPair(info.outputPath('bars'), 20))
  await enterOn(page, 'Import these 2 IDX files as a dataset')
  await enterImports(page, 'train-images-idx3-ubyte')
  await expect(page.getByText('20 pictures', { exact: true })).toBeVisible()
})

test('a picture dropped with the mouse is read on Enter, from where it lies', async ({ page }, info) => {
  const picture = info.outputPath('ein Wort 🔥.png')
  await cp(path.join(root, 'data', 'ocr', 'simple.png'), picture)
  const uploads: string[] = []
  page.on('request', (request) => {
    if (new URL(request.url()).pathname.startsWith('/uploads')) uploads.push(request.url())
  })
  await drag(page, [picture])
  await enterOn(page, 'Read this picture')
  const text = page.getByRole('listbox', { name: 'Text of ein Wort 🔥.png' })
  await expect(text.getByRole('option')).toHaveText(['Tesseract.js'], { timeout: 60_000 })
  expect(uploads).toEqual([])
})
