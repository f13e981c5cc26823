import path from 'node:path'
import { root } from '../../build/paths.ts'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { callEngine } from '../page-models/engine.ts'

test('a study is started, followed, paused and gone on with, and its best is registered', async ({
  page,
  capture,
}) => {
  test.slow()
  await page.goto(new URL('/runs/studies', page.url()).href)
  await expect(page.getByText('No studies yet')).toBeVisible()
  await capture('studies-empty')
  const { jobId } = await callEngine(page, 'datasets.import', {
    source: { kind: 'path', path: path.join(root, 'data', 'datasets', 'sign-language-digits') },
    name: 'digits',
  })
  await expect
    .poll(async () => (await callEngine(page, 'jobs.get', { jobId })).status, { timeout: 60_000 })
    .toBe('succeeded')

  await page.getByRole('button', { name: 'New study' }).first().click()
  const rate = page.getByRole('group', { name: 'Learning rate' })
  await rate.getByLabel('Least').fill('0.0003')
  await page.getByRole('combobox', { name: 'Search another option' }).click()
  await page.getByRole('option', { name: 'Optimiser' }).click()
  await page.getByRole('combobox', { name: 'Search another option' }).click()
  await page.getByRole('option', { name: 'Batch size' }).click()
  const batch = page.getByRole('group', { name: 'Batch size' })
  await batch.getByLabel('Least').fill('64')
  await batch.getByLabel('Most').fill('16')
  await expect(batch.getByText('Must be more than the least')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Start the study' })).toBeDisabled()
  await batch.getByLabel('Most').fill('128')
  await page.getByLabel('Epochs of a trial').fill('2')
  await page.getByLabel('Trials').fill('5')
  await page.getByLabel('Side by side').fill('2')
  await page.getByLabel('Study name').fill('Which optimiser')
  await expectAccessible(page)
  await capture('study-new')
  await page.getByRole('button', { name: 'Start the study' }).click()

  await expect(page.getByRole('heading', { name: 'Which optimiser' })).toBeVisible()
  const trials = page.getByRole('region', { name: 'Trials' })
  await expect(trials.getByRole('link', { name: 'Trial 1' })).toBeVisible({ timeout: 60_000 })
  await page.getByRole('button', { name: 'Pause' }).click()
  await expect(page.getByText('Paused. It goes on with the next trial.')).toBeVisible({ timeout: 60_000 })
  await page.getByRole('button', { name: 'Go on' }).click()
  await expect(page.getByText('Finished', { exact: true })).toBeVisible({ timeout: 120_000 })
  await expect(page.getByText(/complete, .* given up/)).toContainText('failed')
  await expect(trials.getByRole('link')).toHaveCount(5)
  await expect(page.getByRole('list', { name: 'Importance of options' }).getByRole('listitem')).toHaveCount(3)
  await trials.getByRole('button', { name: 'validation_loss' }).click()
  await expect(trials.getByRole('row').nth(1)).toContainText('best')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await expectAccessible(page)
  }
  await capture('study')

  await page.getByRole('button', { name: 'Register the best' }).click()
  await page.getByRole('dialog').getByLabel('Model name').fill('digits')
  await page.getByRole('dialog').getByRole('button', { name: 'Register' }).click()
  await expect(page).toHaveURL(/\/models\/digits\/1/)
})
