import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, type Page } from '@playwright/test'
import { type Capture, test } from './fixtures.ts'
import { expectAccessible } from './page-models/accessibility.ts'
import { goTo } from './page-models/places.ts'

const longMs = 180_000

async function readAndCorrect(page: Page): Promise<void> {
  await goTo(page, 'Read')
  await page.getByRole('button', { name: /^Read \d+ samples$/ }).click()
  const phototest = page.getByRole('listbox', { name: 'Pages' }).getByRole('option', { name: /phototest/ })
  await expect(phototest).toContainText('60 words', { timeout: longMs })
  await phototest.click()
  const text = page.getByRole('listbox', { name: 'Text of phototest.tif' })
  await expect(text.getByRole('option')).toHaveCount(60)
  await text.getByRole('option', { name: /^ocr,/ }).dblclick()
  const editor = page.getByRole('dialog', { name: /Correct/ })
  await editor.getByRole('textbox', { name: 'Text of the word' }).fill('OCR')
  await editor.getByRole('button', { name: 'Save' }).click()
  await expect(text.getByRole('insertion')).toHaveText('OCR')
}

async function importDataset(page: Page): Promise<void> {
  await goTo(page, 'Data')
  await page.getByRole('button', { name: /^Import the sample/ }).click()
  const pictures = page.getByRole('listbox', { name: /^Pictures of/ })
  await expect(pictures.getByRole('option').first()).toBeVisible({ timeout: longMs })
  await page.getByText(/^Test 20$/).click()
  await expect(page.getByText('20 pictures', { exact: true })).toBeVisible()
  await page.getByText(/^All 200$/).click()
}

async function train(page: Page, name: string, epochs: number, capture: Capture): Promise<void> {
  await goTo(page, 'Data')
  await page.getByRole('main').getByText('Sign-language digits').first().click()
  await page.getByRole('button', { name: 'Train on this' }).click()
  await page.getByRole('textbox', { name: 'Epochs' }).fill(String(epochs))
  await page.getByRole('textbox', { name: 'Batch size' }).fill('16')
  await page.getByRole('textbox', { name: 'Run name' }).fill(name)
  await capture('train')
  await page.getByRole('button', { name: 'Train', exact: true }).click()
  await page.getByRole('heading', { name, level: 1 }).waitFor()
  await expect(page.getByRole('button', { name: /^Register/ }).first()).toBeVisible({ timeout: longMs })
  await expect(page.getByRole('complementary').getByText('Finished')).toBeVisible()
}

async function compareRuns(page: Page, names: string[], capture: Capture): Promise<void> {
  await goTo(page, 'Runs')
  for (const name of names) await page.getByRole('checkbox', { name: `Select ${name}` }).check()
  await capture('runs')
  await page.getByRole('button', { name: /^Compare/ }).click()
  await expect(page.getByRole('list', { name: 'Runs in the charts' })).toContainText(names[0] ?? '')
  await expect(page.getByText('epochs', { exact: true }).first()).toBeVisible()
}

async function register(page: Page, run: string): Promise<void> {
  await goTo(page, 'Runs')
  await page.getByRole('grid', { name: 'Runs' }).getByText(run, { exact: true }).dblclick()
  await page
    .getByRole('button', { name: /^Register/ })
    .first()
    .click()
  const dialog = page.getByRole('dialog', { name: 'Register model' })
  await dialog.getByRole('combobox', { name: 'Model name' }).fill('digits')
  await dialog.getByRole('button', { name: 'Register' }).click()
  await expect(dialog).toBeHidden()
}

async function classify(page: Page, capture: Capture): Promise<void> {
  await goTo(page, 'Models')
  await page.getByRole('main').getByText('digits', { exact: true }).first().waitFor()
  await capture('models')
  await page.getByRole('main').getByText('digits', { exact: true }).first().click()
  await page
    .getByRole('table', { name: 'Versions of digits' })
    .getByRole('row')
    .nth(1)
    .getByRole('link')
    .first()
    .click()
  await page.getByRole('button', { name: 'Sample' }).click()
  await page.getByRole('menuitem').first().click()
  const prediction = page.getByRole('list', { name: 'Predictions' }).getByRole('listitem').first()
  await expect(prediction).toBeVisible({ timeout: longMs })
  await expect(prediction.getByRole('img')).toHaveJSProperty('complete', true)
  expect(await prediction.getByRole('img').evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(
    100,
  )
}

async function exportBundle(page: Page, directory: string): Promise<void> {
  await page.getByRole('button', { name: 'Export as Docker bundle' }).click()
  await page.getByRole('textbox', { name: 'Folder' }).fill(directory)
  await page.getByRole('button', { name: 'Export', exact: true }).click()
  await expect(page.getByText(/docker build/).first()).toBeVisible({ timeout: longMs })
}

/** The six steps of the loop, on shipped data, as a person does them: the same in both shells. */
export function loopTest(): void {
  test('reads, imports, trains, compares, registers and exports, all in one window', async ({
    page,
    home,
    capture,
  }) => {
    test.setTimeout(900_000)
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    await test.step('read a page and correct a word', () => readAndCorrect(page))
    await capture('read')
    await expectAccessible(page)
    await test.step('import a dataset', () => importDataset(page))
    await capture('data')
    await expectAccessible(page)
    await test.step('train twice', async () => {
      await train(page, 'three epochs', 3, capture)
      await train(page, 'six epochs', 6, capture)
    })
    await capture('run')
    await expectAccessible(page)
    await test.step('compare the runs', () => compareRuns(page, ['three epochs', 'six epochs'], capture))
    await capture('compare')
    await test.step('register the better one', () => register(page, 'six epochs'))
    await test.step('classify a picture with it', () => classify(page, capture))
    await capture('model')
    const bundle = path.join(home, 'bundle')
    await test.step('export a container', () => exportBundle(page, bundle))
    await capture('serve')
    for (const file of [
      'Dockerfile',
      'README.md',
      'manifest.json',
      'golden/expected.json',
      'model/model.json',
    ]) {
      expect(existsSync(path.join(bundle, file)), file).toBe(true)
    }
    expect(JSON.parse(readFileSync(path.join(bundle, 'manifest.json'), 'utf8'))).toMatchObject({
      name: 'digits',
      version: 1,
    })
    expect(problems).toEqual([])
  })
}
