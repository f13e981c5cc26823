import path from 'node:path'
import type { Page } from '@playwright/test'
import { root } from '../../build/paths.ts'
import type { RecipeStepInput } from '../../core/contract/index.ts'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { callEngine } from '../page-models/engine.ts'

async function madeVersion(page: Page, jobId: string): Promise<string> {
  let versionId = ''
  await expect
    .poll(
      async () => {
        const job = await callEngine(page, 'jobs.get', { jobId })
        if (job.error) throw new Error(job.error.message)
        versionId = String(job.result?.['datasetVersionId'] ?? '')
        return job.status
      },
      { timeout: 60_000 },
    )
    .toBe('succeeded')
  return versionId
}

async function importDigits(page: Page, name: string): Promise<string> {
  const folder = path.join(root, 'data', 'datasets', 'sign-language-digits')
  const { jobId } = await callEngine(page, 'datasets.import', {
    source: { kind: 'path', path: folder },
    name,
  })
  return madeVersion(page, jobId)
}

async function transform(
  page: Page,
  versionId: string,
  steps: RecipeStepInput[],
  name?: string,
): Promise<string> {
  const input = name === undefined ? { versionId, steps } : { versionId, steps, name }
  return madeVersion(page, (await callEngine(page, 'datasets.transform', input)).jobId)
}

async function accessibleInBoth(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await expectAccessible(page)
  }
}

const longName =
  'Hand signs of 218 students, Ankara 2017, photographed in the library 🖐 – second take, reviewed'

test('a recipe is put together with a preview, makes a version, and the history tells how', async ({
  page,
  capture,
}) => {
  const first = await importDigits(page, longName)
  await page.goto(new URL(`/data/${first}`, page.url()).href)
  await page.getByRole('button', { name: 'Transform' }).click()
  const dialog = page.getByRole('dialog', { name: /^Transform/ })
  await dialog.getByRole('button', { name: 'Add a step' }).click()
  await page.getByRole('menuitem', { name: /^Merge classes/ }).click()
  await dialog.getByRole('combobox', { name: 'Classes' }).click()
  await page.getByRole('option', { name: '0', exact: true }).click()
  await page.getByRole('option', { name: '1', exact: true }).click()
  await page.keyboard.press('Escape')
  await dialog.getByRole('textbox', { name: 'Become' }).fill('low')
  await dialog.getByRole('button', { name: 'Add a step' }).click()
  await page.getByRole('menuitem', { name: /^Augment/ }).click()
  await expect(dialog.getByText('360 pictures', { exact: true })).toBeVisible()
  await capture('version-transform')
  await accessibleInBoth(page)
  await dialog.getByRole('button', { name: 'Make a new version' }).click()
  await page.getByRole('button', { name: 'Open' }).click()
  await expect(page.getByRole('status').filter({ hasText: '360 pictures' })).toBeVisible()

  await page.getByRole('tab', { name: 'Pictures' }).focus()
  await page.keyboard.press('End')
  await expect(page.getByRole('tab', { name: 'History' })).toBeFocused()
  await expect(page.getByRole('table', { name: 'Versions' }).getByRole('row')).toHaveCount(3)
  await page.getByRole('combobox', { name: 'Tags' }).fill('augmented')
  await page.keyboard.press('Enter')
  await page
    .getByRole('textbox', { name: 'Note' })
    .fill('Copies for training only; 0 and 1 are one class now.')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('table', { name: 'Versions' })).toContainText('augmented')
  await capture('version-history')
  await accessibleInBoth(page)

  await page.getByRole('button', { name: 'Compare versions' }).click()
  await expect(page.getByRole('list', { name: 'Differences' }).getByRole('listitem').first()).toBeVisible()
  await page.getByText(/^Relabelled 40$/).click()
  await expect(page.getByRole('list', { name: 'Differences' })).toContainText('low')
  await capture('version-diff')
  await accessibleInBoth(page)
})

test('a version is divided in another way, seen before it is done, and the grid follows', async ({
  page,
  capture,
}) => {
  const first = await importDigits(page, 'digits')
  await page.goto(new URL(`/data/${first}`, page.url()).href)
  await page.getByRole('button', { name: 'Split' }).click()
  const dialog = page.getByRole('dialog', { name: /^Split/ })
  await dialog.getByRole('combobox', { name: 'How' }).click()
  await page.getByRole('option', { name: 'k-fold' }).click()
  await expect(dialog.getByRole('table').getByRole('row').last()).toContainText('40')
  await capture('version-split')
  await accessibleInBoth(page)
  await dialog.getByRole('button', { name: 'Add 5 splits' }).click()
  await expect(page.getByRole('combobox', { name: 'Split' })).toHaveValue('fold 1 of 5')
  await page.getByText('Test 40').click()
  await expect(page.getByRole('status').filter({ hasText: '40 pictures' })).toBeVisible()
  await capture('version-split-chosen')
})

test('a lineage of many versions is drawn from the source to the last of them', async ({ page, capture }) => {
  const first = await importDigits(page, longName)
  const small = await transform(page, first, [{ kind: 'resize', width: 32, height: 32 }])
  const low = await transform(
    page,
    small,
    [{ kind: 'filter', where: { labels: ['0', '1', '2'] } }],
    'Low digits',
  )
  const high = await transform(
    page,
    small,
    [{ kind: 'filter', where: { labels: ['7', '8'] } }],
    'High digits',
  )
  const both = await transform(page, low, [{ kind: 'merge', versionId: high }, { kind: 'deduplicate' }])
  await page.goto(new URL(`/data/${small}/history`, page.url()).href)
  await expect(page.getByRole('link', { name: /^Low digits v2/ })).toHaveAttribute('href', `/data/${both}`)
  await page.setViewportSize({ width: 1920, height: 1080 })
  await capture('version-lineage')
  await accessibleInBoth(page)
})
