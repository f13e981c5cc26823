import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Page } from '@playwright/test'
import { root } from '../../build/paths.ts'
import type { DesktopApp } from '../app.ts'
import { test as base, expect } from '../fixtures.ts'
import { callEngine } from '../page-models/engine.ts'
import { answerOpenDialogs, openDialogs } from '../page-models/native-dialogs.ts'
import { goTo } from '../page-models/places.ts'
import { writeClassFolders, writeIdxPair } from '../small-datasets.ts'

const test = base.extend<{ electron: DesktopApp['electron'] }>({
  electron: async ({ app }, use) => {
    if (app.kind !== 'electron') throw new Error('This is about the desktop app.')
    await use(app.electron)
  },
})

/** A notice of an error stays until it is dismissed, so this sees those of every step before. */
const expectNoError = (page: Page) => expect(page.getByRole('alert')).toHaveCount(0)

async function cancelOnce(electron: DesktopApp['electron'], open: () => Promise<void>): Promise<void> {
  await answerOpenDialogs(electron, null)
  const before = (await openDialogs(electron)).length
  await open()
  await expect.poll(async () => (await openDialogs(electron)).length).toBe(before + 1)
}

test('pictures chosen in the system’s dialog are read, and closing it changes nothing', async ({
  page,
  electron,
}) => {
  await goTo(page, 'Read')
  const open = () => page.getByRole('button', { name: 'Read pictures' }).click()
  await cancelOnce(electron, open)
  expect((await callEngine(page, 'pages.list', {})).total).toBe(0)
  await expect(page.getByRole('heading', { name: 'Turn pictures into text' })).toBeVisible()
  await expectNoError(page)

  const [word, line] = ['simple.png', 'fraktur/ausland-1830.png'].map((name) =>
    path.join(root, 'data', 'ocr', name),
  )
  await answerOpenDialogs(electron, [word ?? '', line ?? ''])
  await open()
  const pages = page.getByRole('listbox', { name: 'Pages' })
  await expect(pages.getByRole('option')).toHaveCount(2)
  await pages.getByRole('option', { name: /simple\.png/ }).click()
  await expect(page.getByRole('listbox', { name: 'Text of simple.png' }).getByRole('option')).toHaveText(
    ['Tesseract.js'],
    { timeout: 60_000 },
  )
  const asked = await openDialogs(electron)
  expect(asked.at(-1)).toMatchObject({
    title: 'Read pictures',
    properties: ['openFile', 'multiSelections'],
    filters: [
      { name: 'Pictures', extensions: expect.arrayContaining(['png', 'tif']) },
      { name: 'All files' },
    ],
  })
  await expectNoError(page)
})

test('a folder chosen in the system’s dialog is imported, and closing it changes nothing', async ({
  page,
  electron,
}, info) => {
  const folder = info.outputPath('zwei Zeichen ü')
  await writeClassFolders(folder, 5)
  await goTo(page, 'Data')
  await page.getByRole('button', { name: 'Import a dataset' }).first().click()
  const form = page.getByRole('dialog', { name: 'Import a dataset' })
  const open = () => form.getByRole('button', { name: 'Choose a folder' }).click()
  await cancelOnce(electron, open)
  await expect(form.getByRole('textbox', { name: 'Folder or file' })).toHaveValue('')
  await expect(form.getByRole('button', { name: 'Import' })).toBeDisabled()
  await expectNoError(page)

  await answerOpenDialogs(electron, [folder])
  await open()
  await expect(form.getByRole('textbox', { name: 'Folder or file' })).toHaveValue(folder)
  await expect(form.getByRole('textbox', { name: 'Name' })).toHaveValue('zwei Zeichen ü')
  // Closed once more, the dialog leaves what was chosen before.
  await cancelOnce(electron, open)
  await expect(form.getByRole('textbox', { name: 'Folder or file' })).toHaveValue(folder)
  await form.getByRole('button', { name: 'Import' }).click()
  await page.getByRole('heading', { name: 'zwei Zeichen ü', level: 1 }).waitFor({ timeout: 60_000 })
  await expect(page.getByText('10 pictures', { exact: true })).toBeVisible()
  await expect(page.getByText('drei ☝ Finger').first()).toBeVisible()
  expect((await openDialogs(electron))[0]).toMatchObject({
    title: 'Import a folder',
    properties: ['openDirectory'],
  })
  await expectNoError(page)
})

test('IDX files chosen in the system’s dialog are imported, and closing it changes nothing', async ({
  page,
}, info) => {
  const pair = await writeIdxPair(info.outputPath('bars'), 20)
  await goTo(page, 'Data')
  await page.getByRole('button', { name: 'Import a dataset' }).first().click()
  const form = page.getByRole('dialog', { name: 'Import a dataset' })
  const open = async () => {
    const chooser = page.waitForEvent('filechooser')
    await form.getByRole('button', { name: 'Choose an archive or files' }).click()
    return chooser
  }
  const closed = await open()
  expect(closed.isMultiple()).toBe(true)
  await closed.element().dispatchEvent('cancel')
  await expect(form.getByRole('button', { name: 'Import' })).toBeDisabled()
  await expectNoError(page)

  await (await open()).setFiles(pair)
  await expect(form.getByText('train-images-idx3-ubyte, 2 files')).toBeVisible()
  await form.getByRole('textbox', { name: 'Name' }).fill('bars')
  await form.getByRole('button', { name: 'Import' }).click()
  await page.getByRole('heading', { name: 'bars', level: 1 }).waitFor({ timeout: 60_000 })
  await expect(page.getByText('20 pictures', { exact: true })).toBeVisible()
  await expectNoError(page)
})

test('a bundle is exported into the folder chosen in the system’s dialog, and closing it changes nothing', async ({
  page,
  electron,
}, info) => {
  const folder = info.outputPath('bundle mit Ü')
  await goTo(page, 'Serve')
  const field = page.getByRole('textbox', { name: 'Folder' })
  const open = () => page.getByRole('button', { name: 'Choose folder' }).click()
  await cancelOnce(electron, open)
  await expect(field).toHaveValue('')
  await expect(page.getByRole('button', { name: 'Export', exact: true })).toBeDisabled()
  await expectNoError(page)

  await answerOpenDialogs(electron, [folder])
  await open()
  await expect(field).toHaveValue(folder)
  await cancelOnce(electron, open)
  await expect(field).toHaveValue(folder)
  await page.getByRole('button', { name: 'Export', exact: true }).click()
  await expect(page.getByText(/docker build/).first()).toBeVisible({ timeout: 60_000 })
  for (const file of ['Dockerfile', 'manifest.json'])
    expect(existsSync(path.join(folder, file)), file).toBe(true)
  expect((await openDialogs(electron))[0]).toMatchObject({
    title: 'Folder for the export',
    properties: ['openDirectory', 'createDirectory', 'promptToCreate'],
  })
  await expectNoError(page)
})
