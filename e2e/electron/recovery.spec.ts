import { expect, test } from '../fixtures.ts'
import { callEngine } from '../page-models/engine.ts'
import { goTo } from '../page-models/places.ts'

test('a training whose engine is killed is shown as interrupted, and goes on from the window', async ({
  page,
  capture,
}) => {
  await goTo(page, 'Data')
  await page.getByRole('button', { name: /^Import the sample/ }).click()
  await page.getByRole('button', { name: 'Train on this' }).click({ timeout: 60_000 })
  await page.getByRole('textbox', { name: 'Epochs' }).fill('500')
  await page.getByRole('textbox', { name: 'Run name' }).fill('long')
  await page.getByRole('button', { name: 'Train', exact: true }).click()
  await expect(page.getByText(/step \d+ of/).first()).toBeVisible({ timeout: 60_000 })

  const { pid } = await callEngine(page, 'engine.status', {})
  process.kill(pid, 'SIGKILL')
  await expect(page.getByText('Reconnected.').first()).toBeVisible()
  await expect(page.getByRole('heading', { name: 'long', level: 1 })).toBeVisible()
  await expect(
    page.getByText('The engine stopped while this run trained. It goes on from its last checkpoint.'),
  ).toBeVisible()
  await capture('interrupted')

  await page.getByRole('button', { name: 'Go on training' }).click()
  await expect(page.getByText(/step \d+ of/).first()).toBeVisible({ timeout: 60_000 })
  await page.getByRole('button', { name: 'Stop and keep the best weights' }).click({ timeout: 60_000 })
  await expect(page.getByRole('complementary').getByText('Finished')).toBeVisible({ timeout: 60_000 })
})
