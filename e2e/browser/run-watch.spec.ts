import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from '@playwright/test'
import { test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { goTo } from '../page-models/places.ts'

test('a folder that is watched in the settings brings its runs, until it is stopped', async ({
  page,
  capture,
}) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'glyphlab watched ü '))
  try {
    const log = path.join(folder, 'a long training.csv')
    writeFileSync(log, 'epoch,loss\n1,0.5\n')
    await goTo(page, 'Settings')
    await expect(page.getByRole('switch', { name: 'Whenever Glyphlab starts' })).toBeEnabled()
    await page.getByRole('textbox', { name: 'Folder or file to watch' }).fill(path.join(folder, 'nowhere'))
    await page.keyboard.press('Enter')
    await expect(page.getByRole('alert')).toContainText('nowhere')
    await page.getByRole('textbox', { name: 'Folder or file to watch' }).fill(folder)
    await page.keyboard.press('Enter')
    const row = page.getByRole('table', { name: 'Watched folders' }).getByRole('row').nth(1)
    await expect(row).toContainText(folder)
    await expect(row.getByRole('cell').nth(1)).toHaveText('1', { timeout: 30_000 })
    await row.scrollIntoViewIfNeeded()
    await expectAccessible(page)
    await capture('settings-watched')

    await goTo(page, 'Runs')
    await page.getByRole('main').getByText('a long training', { exact: true }).first().click()
    appendFileSync(log, '2,0.125\n')
    await expect(page.getByText('0.125').first()).toBeVisible({ timeout: 30_000 })

    await goTo(page, 'Settings')
    await page.getByRole('button', { name: `Stop watching ${folder}` }).click()
    await expect(page.getByRole('table', { name: 'Watched folders' })).toBeHidden()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
