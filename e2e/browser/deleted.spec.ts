import path from 'node:path'
import type { Page } from '@playwright/test'
import { root } from '../../build/paths.ts'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { callEngine } from '../page-models/engine.ts'
import { goTo } from '../page-models/places.ts'

async function imported(page: Page, name: string): Promise<void> {
  const source = path.join(root, 'data/datasets/sign-language-digits/1')
  const { jobId } = await callEngine(page, 'datasets.import', {
    source: { kind: 'path', path: source },
    name,
  })
  await expect.poll(async () => (await callEngine(page, 'jobs.get', { jobId })).status).toBe('succeeded')
}

test('a dataset is deleted, taken back, deleted again, restored under another name, and removed for good', async ({
  page,
  capture,
}) => {
  const name = 'Hand signs – a second take 🖐'
  await imported(page, name)
  await goTo(page, 'Data')
  const remove = async () => {
    await page.getByRole('button', { name: `Delete ${name}` }).click()
    await page.getByRole('button', { name: 'Delete dataset' }).click()
    await expect(page.getByRole('link', { name, exact: true })).toHaveCount(0)
  }
  await remove()
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(page.getByRole('link', { name, exact: true })).toBeVisible()

  await remove()
  await imported(page, name)
  await page.getByRole('button', { name: 'Deleted 1' }).click()
  const deleted = page.getByRole('dialog', { name: 'Deleted datasets' })
  await capture('deleted-datasets')
  await expectAccessible(page)
  await deleted.getByRole('button', { name: `Restore ${name}` }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('The first take')
  await page.getByRole('button', { name: 'Restore', exact: true }).click()
  await expect(page.getByText('“The first take” is back.')).toBeVisible()
  await deleted.getByRole('button', { name: 'Close' }).click()
  await expect(page.getByRole('link', { name: 'The first take' })).toBeVisible()

  await remove()
  await page.getByRole('button', { name: 'Deleted 1' }).click()
  await deleted.getByRole('button', { name: `Remove for good: ${name}` }).click()
  // Its pictures are those of the other dataset, too.
  await expect(page.getByText(/This frees 0 B and can not be taken back/)).toBeVisible()
  await page.getByRole('button', { name: 'Remove for good', exact: true }).last().click()
  await expect(deleted.getByText('Nothing is deleted.')).toBeVisible()
})
