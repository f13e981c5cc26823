import { cp, mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Page } from '@playwright/test'
import sharp from 'sharp'
import { root } from '../../build/paths.ts'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { callEngine } from '../page-models/engine.ts'

const digits = path.join(root, 'data', 'datasets', 'sign-language-digits')
const longName =
  'Hand signs of 218 students, Ankara 2017, photographed in the library 🖐 – second take, reviewed'

/** The shipped digits, divided by folder, with one of several faults. */
async function faultyDigits(folder: string): Promise<string> {
  const target = path.join(folder, 'faulty')
  await cp(digits, path.join(target, 'train'), { recursive: true })
  const first = path.join(target, 'train', '0')
  const pictures = (await readdir(first)).filter((name) => /\.jpe?g$/i.test(name)).sort()
  const [a = '', b = '', c = ''] = pictures
  await mkdir(path.join(target, 'test', '0'), { recursive: true })
  await mkdir(path.join(target, 'test', '1'), { recursive: true })
  await cp(path.join(first, a), path.join(target, 'test', '0', `copy of ${a}`))
  await sharp(path.join(first, b))
    .jpeg({ quality: 40 })
    .toFile(path.join(target, 'test', '0', 'recompressed.jpg'))
  await cp(path.join(first, c), path.join(target, 'test', '1', 'conflict.jpg'))
  await sharp({ create: { width: 100, height: 100, channels: 3, background: '#888' } })
    .png()
    .toFile(path.join(first, 'blank.png'))
  await writeFile(path.join(first, 'empty.jpg'), '')
  return target
}

async function imported(page: Page, source: string, name: string): Promise<string> {
  const { jobId } = await callEngine(page, 'datasets.import', {
    source: { kind: 'path', path: source },
    name,
  })
  let versionId = ''
  await expect
    .poll(
      async () => {
        const job = await callEngine(page, 'jobs.get', { jobId })
        versionId = String(job.result?.['datasetVersionId'] ?? '')
        return job.status
      },
      { timeout: 60_000 },
    )
    .toBe('succeeded')
  return versionId
}

async function accessibleInBoth(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await expectAccessible(page)
  }
}

test('what is wrong with a version is found, shown in the grid, mended, and kept so by a rule', async ({
  page,
  home,
  capture,
}) => {
  const versionId = await imported(page, await faultyDigits(home), longName)
  await page.goto(new URL(`/data/${versionId}/quality`, page.url()).href)
  const findings = page.getByRole('list', { name: 'Findings' })
  await expect(findings.getByRole('heading', { name: '2 pictures lie in more than one subset' })).toBeVisible(
    {
      timeout: 30_000,
    },
  )
  await capture('quality')
  await accessibleInBoth(page)

  // A finding opens its pictures in the grid.
  await findings.getByRole('link', { name: /Show 1 picture: 1 picture is blank/ }).click()
  await expect(page.getByRole('status').filter({ hasText: '1 picture' })).toBeVisible()
  await capture('quality-in-grid')
  await expect(page.getByText('Only: Blank pictures')).toBeVisible()
  await page.getByRole('button', { name: 'Show all', exact: true }).click()
  await expect(page.getByRole('status').filter({ hasText: '204 pictures' })).toBeVisible()

  // A rule is added and is broken.
  await page.getByRole('tab', { name: 'Quality' }).click()
  await page.getByRole('button', { name: 'Edit rules' }).click()
  const rules = page.getByRole('dialog', { name: /^Rules of/ })
  await rules.getByRole('button', { name: 'Add a rule' }).click()
  await page.getByRole('menuitem', { name: 'No picture in two subsets' }).click()
  await rules.getByRole('checkbox', { name: 'Training waits for it' }).check()
  await capture('quality-rules')
  await accessibleInBoth(page)
  await rules.getByRole('button', { name: 'Save rules' }).click()
  await expect(page.getByRole('heading', { name: 'Rules: 1 broken' })).toBeVisible()

  // The remedy makes a version that keeps it.
  for (const name of [/^Remedy: 2 pictures lie in more/, /^Remedy: 1 group of look-alike pictures across/]) {
    await page.getByRole('button', { name }).first().click()
    const dialog = page.getByRole('dialog', { name: /^Remedy/ })
    await expect(dialog.getByText(/from 20\d pictures/)).toBeVisible()
    await capture('quality-remedy')
    await dialog.getByRole('button', { name: 'Make a new version' }).click()
    await page.getByRole('button', { name: 'Open' }).last().click()
    await expect(page.getByRole('list', { name: 'Findings' })).toBeVisible({ timeout: 30_000 })
  }
  await expect(page.getByRole('heading', { name: 'Rules: all hold' })).toBeVisible({ timeout: 30_000 })

  // What changed since the first version.
  await page.getByRole('combobox', { name: 'Compare with version' }).click()
  await page.getByRole('option', { name: /^Since version 1/ }).click()
  await expect(page.getByRole('table', { name: 'What changed' })).toBeVisible()
  await page.getByRole('combobox', { name: 'Compare with version' }).scrollIntoViewIfNeeded()
  await capture('quality-drift')
  await accessibleInBoth(page)
})

test('probable label errors are looked for, shown with what they may be, and mended', async ({
  page,
  home,
  capture,
}) => {
  const source = path.join(home, 'mislabelled')
  await cp(digits, source, { recursive: true })
  // A fist and an open hand are hard to take for one another.
  const wrong: string[] = []
  for (const [from, to] of [
    ['0', '5'],
    ['5', '0'],
  ] as const) {
    const names = (await readdir(path.join(source, from))).sort().slice(3, 5)
    for (const name of names) {
      await rename(path.join(source, from, name), path.join(source, to, name))
      wrong.push(`${to}/${name}`)
    }
  }
  const versionId = await imported(page, source, 'Mislabelled')
  await page.goto(new URL(`/data/${versionId}/quality`, page.url()).href)
  await page.getByRole('button', { name: 'Find label errors' }).click()
  const findings = page.getByRole('list', { name: 'Findings' })
  const found = findings.getByRole('listitem').filter({ hasText: 'probably in the wrong class' })
  await expect(found).toBeVisible({ timeout: 60_000 })
  const surest =
    (await found.locator('.finding-pictures').getByRole('link').first().getAttribute('aria-label')) ?? ''
  expect(wrong).toContain(surest)
  await capture('label-errors')

  await found.getByRole('link', { name: /^Show \d+ pictures?:/ }).click()
  await expect(page).toHaveURL(/finding=label-errors/)
  const grid = page.getByRole('listbox', { name: 'Pictures of Mislabelled' })
  await expect(grid.getByRole('option', { name: path.basename(surest) })).toBeVisible()
  await expect(page.getByText('Only: Probable label errors')).toBeVisible()
  await page.getByRole('link', { name: 'Back to quality' }).click()

  await page.getByRole('button', { name: /^Remedy: .*wrong class/ }).click()
  const dialog = page.getByRole('dialog', { name: /^Remedy/ })
  await dialog.getByRole('radio', { name: /Give each the suggested class/ }).check()
  await expect(dialog.getByText('from 200 pictures')).toBeVisible()
  await dialog.getByRole('button', { name: 'Make a new version' }).click()
  await page.getByRole('button', { name: 'Open' }).last().click()
  await expect(page).toHaveURL(/\/quality$/)
  const made = page.url().split('/').at(-2) ?? ''
  const { items } = await callEngine(page, 'datasets.samples', { versionId: made, limit: 500 })
  expect(items).toHaveLength(200)
  expect(items.find(({ path: name }) => name === surest)?.label).toBe(surest.startsWith('0') ? '5' : '0')
})

test('the bars of a histogram are walked and opened by keyboard', async ({ page }) => {
  const versionId = await imported(page, digits, 'digits')
  await page.goto(new URL(`/data/${versionId}/quality`, page.url()).href)
  const bars = page.getByRole('toolbar', { name: 'Brightness' })
  await expect(bars).toBeVisible({ timeout: 30_000 })
  await bars.getByRole('button').first().focus()
  await page.keyboard.press('ArrowRight')
  await expect(bars.getByRole('button').nth(1)).toBeFocused()
  await page.keyboard.press('Home')
  await page.keyboard.press('Enter')
  await expect(page.getByText(/^Only: Brightness \d+/)).toBeVisible()
})
