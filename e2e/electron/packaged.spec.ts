import { expect, test } from '../fixtures.ts'
import { openPackaged, packageApp } from '../packaged.ts'

test.setTimeout(900_000)

test('the packaged app opens outside the checkout and reads pictures', async ({ home }) => {
  await packageApp()
  const app = await openPackaged(home)
  try {
    const { page } = app
    await expect(page.getByRole('navigation', { name: 'Places' })).toBeVisible()
    expect(page.url()).toMatch(/^glyphlab:\/\/app\//)
    await page.getByRole('button', { name: /^Read \d+ samples$/ }).click()
    const pages = page.getByRole('listbox', { name: 'Pages' })
    await pages.getByRole('option', { name: /phototest/ }).click({ timeout: 120_000 })
    const text = page.getByRole('listbox', { name: /^Text of/ })
    await expect(text.getByRole('option', { name: /quick/ }).first()).toBeVisible({ timeout: 120_000 })
  } finally {
    await app.close()
  }
})
