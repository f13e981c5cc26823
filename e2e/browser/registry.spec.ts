import { appendFile } from 'node:fs/promises'
import path from 'node:path'
import type { Page } from '@playwright/test'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { callEngine } from '../page-models/engine.ts'
import { goTo } from '../page-models/places.ts'
import { shippedDataset } from '../small-datasets.ts'

const longMs = 120_000

async function finished(page: Page, jobId: string): Promise<Record<string, unknown>> {
  await expect
    .poll(async () => (await callEngine(page, 'jobs.get', { jobId })).status, { timeout: longMs })
    .toBe('succeeded')
  return (await callEngine(page, 'jobs.get', { jobId })).result ?? {}
}

/** Two versions of one model: the first has hardly learnt, the second more. The first is the champion. */
async function registerTwo(page: Page): Promise<void> {
  const { jobId } = await callEngine(page, 'datasets.import', {
    source: { kind: 'path', path: shippedDataset },
    name: 'Hand signs',
  })
  const versionId = String((await finished(page, jobId))['datasetVersionId'])
  for (const epochs of [1, 10]) {
    const training = await callEngine(page, 'training.start', {
      datasetVersionId: versionId,
      backend: 'wasm',
      options: { epochs, imageSize: 24 },
    })
    await finished(page, training.jobId)
    await callEngine(page, 'models.register', { runId: training.runId, name: 'signs' })
  }
  await callEngine(page, 'models.setAlias', { model: 'signs', alias: 'champion', version: 1 })
}

test('a version is held back by a gate, promoted by an override, and rolled back', async ({
  page,
  capture,
}) => {
  test.setTimeout(300_000)
  await registerTwo(page)
  await goTo(page, 'Models')
  await page.getByRole('main').getByText('signs', { exact: true }).first().click()
  await page.getByRole('link', { name: 'Version 2' }).click()
  await page.getByRole('button', { name: 'Promote to champion' }).click()

  // Without gates the check compares, and lets it through.
  await expect(page.getByText('The alias has no gates: nothing holds it back.')).toBeVisible({
    timeout: longMs,
  })
  const flipped = page.getByRole('list', { name: 'Pictures that flipped' })
  await expect(flipped.getByRole('listitem').first()).toContainText(/Right to wrong|Wrong to right/)
  await expect(flipped.getByRole('img').first()).toHaveJSProperty('complete', true)
  await expect(page.getByRole('table', { name: 'What changed' })).toContainText('epochs')
  await expect(page.getByRole('button', { name: 'Promote', exact: true })).toBeEnabled()

  await page.getByRole('button', { name: 'Edit gates' }).click()
  const dialog = page.getByRole('dialog', { name: 'Gates of signs@champion' })
  for (const gate of ['Metric threshold', 'No bad slice', 'Size limit']) {
    await dialog.getByRole('button', { name: 'Add a gate' }).click()
    await page.getByRole('menuitem', { name: gate }).click()
  }
  await dialog.getByLabel('Value').fill('0.999')
  await dialog.getByLabel('Accuracy at least').fill('0')
  await dialog.getByLabel('Pictures at least').fill('1')
  await capture('gates')
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Save gates' }).click()

  const gates = page.getByRole('list', { name: 'Gates' })
  await expect(page.getByText('1 of 3 gates failed.')).toBeVisible({ timeout: longMs })
  await expect(gates.getByRole('listitem').first()).toContainText('Failed: test_accuracy is at least 0.999')
  await expect(page.getByRole('button', { name: 'Promote', exact: true })).toBeDisabled()
  await capture('promotion')
  await expectAccessible(page)

  await page.getByRole('button', { name: 'Override', exact: true }).click()
  const override = page.getByRole('dialog', { name: 'Override the gates of signs@champion' })
  await expect(override).toContainText('test_accuracy is at least 0.999')
  await override.getByLabel('Reason').fill('Good enough for the fair')
  await override.getByRole('button', { name: 'Override and promote' }).click()

  const history = page.getByRole('table', { name: 'History of the aliases of signs' })
  await expect(history.getByRole('row').nth(1)).toContainText('version 1 → version 2')
  await expect(history.getByRole('row').nth(1)).toContainText('Good enough for the fair')
  await expect(history.getByRole('row').nth(1)).toContainText('signed')
  await page.getByRole('button', { name: 'Roll back @champion to version 1' }).click()
  await page.getByRole('button', { name: 'Roll back to version 1', exact: true }).click()
  await expect(history.getByRole('row').nth(1)).toContainText('rolled back')
  expect((await callEngine(page, 'models.get', { reference: 'signs@champion' })).version).toBe(1)
  const versions = page.getByRole('table', { name: 'Versions of signs' })
  await expect(versions.getByRole('row', { name: /^Version 1/ })).toContainText('champion')
  await capture('alias-history')
  await expectAccessible(page)

  // What is written of a version, and where it comes from.
  await page.getByRole('link', { name: 'Version 1' }).click()
  const lineage = page.getByRole('list', { name: 'Lineage of the version' })
  await expect(lineage.getByRole('link', { name: 'Hand signs v1', exact: true })).toBeVisible()
  const card = page.getByRole('article', { name: 'Model card' })
  await expect(card.getByRole('heading', { name: 'Intended use' })).toBeVisible()
  await expect(card.getByRole('cell', { name: 'test_accuracy' })).toBeVisible()
  await capture('model-card')
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Edit the card' }).click()
  const edited = page.getByRole('textbox', { name: 'Card in Markdown' })
  await edited.fill('# Mine\n\n<img src=x onerror=alert(1)> **bold** [out](javascript:alert(1))')
  await page.getByRole('button', { name: 'Save the card' }).click()
  await expect(card.getByRole('heading', { name: 'Mine' })).toBeVisible()
  await expect(card).toContainText('<img src=x onerror=alert(1)>')
  await expect(card.getByRole('img')).toHaveCount(0)
  await expect(card.getByRole('link')).toHaveCount(0)
  await page.getByRole('textbox', { name: 'New tag' }).fill('owner=Ada')
  await page.getByRole('button', { name: 'Add tag' }).click()
  await expect(page.getByRole('list', { name: 'Tags' })).toContainText('owner')

  await test.step('a run is registered past the gates, with a reason', async () => {
    const { runId } = await callEngine(page, 'models.get', { reference: 'signs/2' })
    await page.evaluate((id) => window.history.pushState(null, '', `/runs/${id}`), runId)
    await page.getByRole('button', { name: 'Register' }).click()
    const register = page.getByRole('dialog', { name: 'Register model' })
    await register.getByLabel('Model name').fill('signs')
    await expect(register).toContainText('The champion has 3 gates')
    await register.getByRole('radio', { name: 'Make it the champion in spite of the gates' }).check()
    await expect(register.getByRole('button', { name: 'Register' })).toBeDisabled()
    await register.getByLabel('Reason').fill('The old one is worse')
    await capture('register-override')
    await expectAccessible(page)
    await register.getByRole('button', { name: 'Register' }).click()
    await expect(page.getByRole('heading', { name: 'Version 3', level: 1 })).toBeVisible({
      timeout: longMs,
    })
    const [move] = await callEngine(page, 'models.aliasHistory', { model: 'signs', alias: 'champion' })
    expect(move).toMatchObject({ to: 3, kind: 'override', reason: 'The old one is worse' })
  })
})

test('an export is verified in the window, and a file that was changed since is named', async ({
  page,
  capture,
}, testInfo) => {
  test.setTimeout(120_000)
  const directory = testInfo.outputPath('bundle')
  const { jobId } = await callEngine(page, 'deploy.export', {
    ...{ reference: 'ocr', targets: ['docker'], options: {}, directory, further: [] },
  })
  await finished(page, jobId)
  await goTo(page, 'Serve')
  const result = page.locator('.bundle-check')
  await result.getByRole('button', { name: 'Verify' }).click()
  await expect(result.getByText('It is what was exported.')).toBeVisible({ timeout: longMs })
  await expect(result).toContainText(/[1-9]\d* given again/)
  await capture('bundle-verified')
  await expectAccessible(page)

  await appendFile(path.join(directory, 'README.md'), 'one more line')
  const form = page.getByRole('form', { name: 'Verify a bundle' })
  await form.getByLabel('Bundle').fill(directory)
  await form.getByLabel('Fingerprint').fill('SHA256:nobody')
  await form.getByRole('button', { name: 'Verify' }).click()
  const problems = page.getByRole('list', { name: 'Problems of the bundle' })
  await expect(problems).toContainText('README.md', { timeout: longMs })
  await expect(problems).toContainText('and not SHA256:nobody')
  await form.getByLabel('Bundle').fill(path.dirname(directory))
  await form.getByRole('button', { name: 'Verify' }).click()
  await expect(page.getByText('The bundle could not be checked')).toBeVisible({ timeout: longMs })
})
