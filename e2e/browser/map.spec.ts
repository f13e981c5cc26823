import path from 'node:path'
import type { Page } from '@playwright/test'
import { root } from '../../build/paths.ts'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { callEngine } from '../page-models/engine.ts'

async function ended(page: Page, jobId: string): Promise<Record<string, unknown>> {
  let result: Record<string, unknown> = {}
  await expect
    .poll(
      async () => {
        const job = await callEngine(page, 'jobs.get', { jobId })
        if (job.error) throw new Error(job.error.message)
        result = job.result ?? {}
        return job.status
      },
      { timeout: 90_000 },
    )
    .toBe('succeeded')
  return result
}

async function accessibleInBoth(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await expectAccessible(page)
  }
  await page.emulateMedia({ colorScheme: null })
}

async function importDigits(page: Page): Promise<string> {
  const folder = path.join(root, 'data', 'datasets', 'sign-language-digits')
  const { jobId } = await callEngine(page, 'datasets.import', {
    source: { kind: 'path', path: folder },
    name: 'digits',
  })
  return String((await ended(page, jobId))['datasetVersionId'])
}

test('a map is made from the empty state, points are drawn around, and the grid shows those', async ({
  page,
  capture,
}) => {
  const versionId = await importDigits(page)
  await page.goto(new URL(`/data/${versionId}/map`, page.url()).href)
  await expect(page.getByRole('heading', { name: 'No map yet' })).toBeVisible()
  await capture('map-empty')
  await accessibleInBoth(page)
  await page.getByRole('button', { name: 'Make the map' }).click()
  const map = page.getByRole('application', { name: 'Map of digits by Pixels' })
  await expect(map).toBeVisible({ timeout: 60_000 })

  // By mouse: a rectangle around all that is on view.
  await page.getByText('Rectangle').click()
  const box = await map.boundingBox()
  if (!box) throw new Error('the map has no place')
  await page.mouse.move(box.x + 4, box.y + 4)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 5 })
  await page.mouse.up()
  await expect(page.getByRole('status').filter({ hasText: 'selected' })).toBeVisible()
  await capture('map-selected')
  await accessibleInBoth(page)
  await page.reload()
  const status = page.getByRole('status').filter({ hasText: 'selected' })
  const count = Number(/\d+/.exec((await status.textContent()) ?? '')?.[0])
  expect(count).toBeGreaterThan(0)
  expect(count).toBeLessThan(200)

  // By keyboard: everything, then one class.
  await map.focus()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: /^3/ }).first().click()
  await map.focus()
  await page.keyboard.press('0')
  await page.keyboard.press('s')
  await expect(page.getByRole('status').filter({ hasText: '20 pictures selected' })).toBeVisible()
  await page.getByRole('button', { name: 'Show these in the grid' }).click()
  await expect(page.getByRole('status').filter({ hasText: /^20 pictures$/ })).toBeVisible()
  await page.getByRole('button', { name: 'Leave the selection' }).click()
  await expect(page.getByRole('status').filter({ hasText: /^200 pictures$/ })).toBeVisible()
})

test('a model is asked about every picture, which filters the grid and colours the map', async ({
  page,
  capture,
}) => {
  const versionId = await importDigits(page)
  const training = await callEngine(page, 'training.start', {
    datasetVersionId: versionId,
    options: { epochs: 4, imageSize: 24, batchSize: 16 },
    backend: 'wasm',
  })
  await ended(page, training.jobId)
  await callEngine(page, 'models.register', { runId: training.runId, name: 'signs', alias: 'champion' })
  const source = { kind: 'model', reference: 'signs' } as const
  await ended(page, (await callEngine(page, 'datasets.makeMap', { versionId, source })).jobId)

  await page.goto(new URL(`/data/${versionId}`, page.url()).href)
  await expect(page.getByRole('combobox', { name: 'Model to ask' })).toHaveValue('signs/1 @champion')
  await page.getByRole('button', { name: 'Predict' }).click()
  await page.getByRole('combobox', { name: 'Predictions of' }).click({ timeout: 60_000 })
  await page.getByRole('option', { name: 'signs/1' }).click()
  await page.getByRole('combobox', { name: 'Outcome' }).click()
  await page.getByRole('option', { name: 'Wrong', exact: true }).click()
  const [asked] = await callEngine(page, 'datasets.predictions', { versionId })
  await expect(
    page.getByRole('status').filter({ hasText: new RegExp(`^${asked?.wrong} pictures?$`) }),
  ).toBeVisible()
  await page
    .getByRole('option', { name: /Train|Validation|Test/ })
    .first()
    .click()
  await expect(page.getByText(/^predicted \d \(\d+/)).toBeVisible()
  await capture('predictions-wrong')
  await accessibleInBoth(page)

  await page.getByRole('tab', { name: 'Map' }).click()
  await page.getByRole('combobox', { name: 'Colour by' }).click()
  await page.getByRole('option', { name: 'Right or wrong' }).click()
  await expect(page.getByRole('button', { name: /^Right/ })).toBeVisible()
  await page.getByRole('application').focus()
  await page.keyboard.press('+')
  await expect(page.getByText(/^predicted \d \(\d+/)).toBeVisible()
  await capture('map-right-wrong')
  await accessibleInBoth(page)
})
