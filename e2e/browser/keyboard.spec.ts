import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { expect, test } from '../fixtures.ts'
import type { Place } from '../page-models/places.ts'
import { places } from '../page-models/places.ts'

const longMs = 120_000
const tabsAtMost = 80

/** Presses Tab (or Shift-Tab) until the element has the focus, as a person does who sees where they are. */
async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  // Attached only: what draws a switch or a choice lies over an input that shows nothing.
  await target.waitFor({ state: 'attached', timeout: 15_000 })
  const focused = target.and(page.locator(':focus'))
  for (let pressed = 0; (await focused.count()) === 0; pressed += 1) {
    if (pressed === tabsAtMost) throw new Error(`${target} is not reached by ${tabsAtMost} times ${key}.`)
    await page.keyboard.press(key)
  }
}

async function press(page: Page, target: Locator, key = 'Enter'): Promise<void> {
  // What is still being worked out can't be pressed, and Tab passes it.
  await expect(target).toBeEnabled({ timeout: longMs })
  await tabTo(page, target)
  await expect(target).toBeEnabled()
  await page.keyboard.press(key)
}

/** Types over what a field holds. */
async function type(page: Page, field: Locator, text: string): Promise<void> {
  await tabTo(page, field)
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.type(text)
  await expect(field).toHaveValue(text)
}

/** Opens a list, goes down to a choice and takes it. */
async function choose(page: Page, list: Locator, choice: RegExp): Promise<void> {
  await press(page, list)
  const option = page.getByRole('option', { name: choice })
  await option.waitFor()
  const there = option.and(page.locator('[data-combobox-selected]'))
  for (let pressed = 0; (await there.count()) === 0; pressed += 1) {
    if (pressed === tabsAtMost) throw new Error(`${option} is not reached by arrows.`)
    await page.keyboard.press('ArrowDown')
  }
  await page.keyboard.press('Enter')
  await expect(list).toHaveValue(choice)
}

/** Alt and a digit, as the navigation shows on focus. */
async function goTo(page: Page, place: Place): Promise<void> {
  await page.keyboard.press(`Alt+${places.indexOf(place) + 1}`)
  await page.getByRole('heading', { name: place, level: 1 }).waitFor()
}

/** Ctrl-K, a few letters, Enter. */
async function find(page: Page, words: string, found: RegExp): Promise<void> {
  await page.keyboard.press('ControlOrMeta+k')
  const box = page.getByRole('dialog', { name: 'Search' })
  await expect(box.getByRole('textbox', { name: 'Search' }).and(page.locator(':focus'))).toBeVisible()
  await page.keyboard.type(words)
  await expect(box.getByRole('button', { name: found }).first()).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(box).toBeHidden()
}

async function readAndCorrect(page: Page): Promise<void> {
  await press(page, page.getByRole('button', { name: /^Read \d+ samples$/ }))
  const list = page.getByRole('listbox', { name: 'Pages' })
  const phototest = list.getByRole('option', { name: /phototest/ })
  await expect(phototest).toContainText('60 words', { timeout: longMs })
  await tabTo(page, list)
  for (const _ of await list.getByRole('option').all()) {
    if ((await phototest.getAttribute('aria-selected')) === 'true') break
    await page.keyboard.press('ArrowDown')
    await expect(list.locator('[role=option][data-active=true]')).toHaveCount(1)
  }
  await expect(phototest).toHaveAttribute('aria-selected', 'true')
  const text = page.getByRole('listbox', { name: 'Text of phototest.tif' })
  await tabTo(page, text)
  await page.keyboard.press('Home')
  const word = text.getByRole('option', { name: /^ocr,/ })
  for (let step = 0; step < 60 && (await word.getAttribute('aria-selected')) !== 'true'; step += 1)
    await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  const field = page
    .getByRole('dialog', { name: /Correct “ocr”/ })
    .getByRole('textbox', { name: 'Text of the word' })
  await expect(field.and(page.locator(':focus'))).toHaveValue('ocr')
  await page.keyboard.type('OCR')
  await page.keyboard.press('Enter')
  await expect(text.getByRole('insertion')).toHaveText('OCR')
  await expect(text.and(page.locator(':focus'))).toBeVisible()
}

async function importDataset(page: Page): Promise<void> {
  await goTo(page, 'Data')
  await press(page, page.getByRole('button', { name: /^Import the sample/ }))
  await page.getByRole('heading', { name: 'Sign-language digits', level: 1 }).waitFor({ timeout: longMs })
  await tabTo(page, page.getByRole('listbox', { name: /^Pictures of/ }))
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()
}

async function train(page: Page, name: string, epochs: number): Promise<void> {
  await find(page, 'Train a model', /Train a model/)
  await type(page, page.getByRole('textbox', { name: 'Epochs' }), String(epochs))
  await type(page, page.getByRole('textbox', { name: 'Batch size' }), '16')
  await expect(page.getByText('Looking for backends')).toBeHidden()
  await choose(page, page.getByRole('combobox', { name: 'Backend' }), /wasm|WebAssembly/i)
  await type(page, page.getByRole('textbox', { name: 'Run name' }), name)
  await press(page, page.getByRole('button', { name: 'Train', exact: true }))
  await page.getByRole('heading', { name, level: 1 }).waitFor({ timeout: 15_000 })
  await expect(page.getByRole('complementary').getByText('Finished')).toBeVisible({ timeout: longMs })
}

async function compareRuns(page: Page): Promise<void> {
  await goTo(page, 'Runs')
  await tabTo(page, page.getByRole('grid', { name: 'Runs' }))
  await page.keyboard.press('Home')
  await page.keyboard.press('Shift+ArrowDown')
  await expect(page.getByText('2 runs, 2 selected')).toBeVisible()
  const compare = page.getByRole('button', { name: 'Compare 2 runs' })
  await tabTo(page, compare, 'Shift+Tab')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('list', { name: 'Runs in the charts' }).getByRole('listitem')).toHaveCount(2)
  await tabTo(page, page.getByRole('radio', { name: 'Step' }))
  await page.keyboard.press('ArrowRight')
  await expect(page.getByRole('radio', { name: 'Epoch' })).toBeChecked()
  await expect(page).toHaveURL(/x=epoch/)
  await press(page, page.getByRole('switch', { name: 'Log scale' }), ' ')
  await expect(page).toHaveURL(/log=1/)
}

async function registerAndPromote(page: Page, run: string): Promise<void> {
  await find(page, run, new RegExp(run))
  await page.getByRole('heading', { name: run, level: 1 }).waitFor()
  await press(page, page.getByRole('button', { name: 'Register model' }))
  const dialog = page.getByRole('dialog', { name: 'Register model' })
  const name = dialog.getByRole('combobox', { name: 'Model name' })
  await expect(name.and(page.locator(':focus'))).toBeVisible()
  await page.keyboard.type('digits')
  const champion = dialog.getByRole('checkbox', { name: 'Make it the champion' })
  await press(page, champion, ' ')
  await expect(champion).not.toBeChecked()
  await press(page, dialog.getByRole('button', { name: 'Register' }))
  await page.getByRole('heading', { name: 'Version 1', level: 1 }).waitFor()
  await press(page, page.getByRole('button', { name: 'Promote to champion' }))
  await page.getByRole('heading', { name: 'Promote version 1', level: 1 }).waitFor()
  await press(page, page.getByRole('button', { name: 'Promote', exact: true }))
  await page.getByRole('heading', { name: 'digits', level: 1 }).waitFor()
  await press(page, page.getByRole('main').getByRole('link', { name: 'Version 1' }).first())
  await page.getByRole('heading', { name: 'Version 1', level: 1 }).waitFor()
  await expect(page.getByRole('toolbar').getByText('champion')).toBeVisible()
}

async function exportBundle(page: Page, directory: string): Promise<void> {
  await press(page, page.getByRole('button', { name: 'Export as Docker bundle' }))
  await type(page, page.getByRole('textbox', { name: 'Folder' }), directory)
  await press(page, page.getByRole('button', { name: 'Export', exact: true }))
  await expect(page.getByText(/docker build/).first()).toBeVisible({ timeout: longMs })
}

test('the whole loop by keyboard alone', async ({ page, home }) => {
  test.setTimeout(600_000)
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  await page.getByRole('heading', { name: 'Read', level: 1 }).waitFor()
  await test.step('read a page and correct a word', () => readAndCorrect(page))
  await test.step('import a dataset', () => importDataset(page))
  await test.step('train twice', async () => {
    await train(page, 'two epochs', 2)
    await train(page, 'three epochs', 3)
  })
  await test.step('compare the runs', () => compareRuns(page))
  await test.step('register a model and promote it', () => registerAndPromote(page, 'three epochs'))
  const bundle = path.join(home, 'bundle')
  await test.step('export a bundle', () => exportBundle(page, bundle))
  for (const file of ['Dockerfile', 'manifest.json', 'model/model.json'])
    expect(existsSync(path.join(bundle, file)), file).toBe(true)
  expect(problems).toEqual([])
})
