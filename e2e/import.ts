import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from '@playwright/test'
import { root } from '../build/paths.ts'
import { test } from './fixtures.ts'
import { expectAccessible } from './page-models/accessibility.ts'
import { goTo } from './page-models/places.ts'

const word = path.join(root, 'data', 'ocr', 'simple.png')
const header = 'Bild;Aufgenommen;Eine Spalte mit einem sehr langen Namen, der nicht in die Zeile passt;Person'

/** A folder with a table whose headers nobody can guess. */
function folderWithTable(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'glyphlab tables ü '))
  const names = Array.from({ length: 12 }, (_, index) => `wort_${'abc'[index % 3]}_${index}.png`)
  for (const name of names) copyFileSync(word, path.join(folder, name))
  const rows = names.map(
    (name, index) =>
      `${name};2024-01-${index + 10};${index % 2 === 0 ? 'Katze' : 'Hund'};Person ${index % 4}`,
  )
  writeFileSync(
    path.join(folder, 'liste.csv'),
    `\ufeff${[header, ...rows, 'fehlt.png;x;Hund;y'].join('\r\n')}\r\n`,
  )
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** The same in both shells: a table is imported with columns mapped by hand, a folder by a pattern of its names. */
export function importTests(): void {
  test('a table of labels is imported with its columns mapped by hand', async ({ page, capture }) => {
    page.setDefaultTimeout(15_000)
    const { folder, remove } = folderWithTable()
    try {
      await goTo(page, 'Data')
      await page.getByRole('button', { name: 'Import a dataset' }).first().click()
      const dialog = page.getByRole('dialog', { name: 'Import a dataset' })
      await dialog.getByRole('textbox', { name: 'Folder or file' }).fill(folder)
      await page.keyboard.press('Enter')
      await expect(dialog.getByRole('combobox', { name: 'Kind' })).toHaveValue('labels-table')
      const roleOf = (column: string | RegExp) =>
        dialog.getByRole('combobox', {
          name: typeof column === 'string' ? `What the column ${column} is` : column,
        })
      await expect(roleOf('Bild')).toHaveValue('file')
      await roleOf(/sehr langen Namen/).selectOption('Class')
      await roleOf('Person').selectOption('Group')
      const samples = dialog.getByRole('table', { name: 'First pictures as they would be imported' })
      await expect(samples.getByRole('row').nth(1)).toContainText('Katze')
      await expect(samples.getByRole('row').nth(1)).toContainText('Person 0')
      await expect(dialog.getByText('12 pictures, 2 classes')).toBeVisible()
      await dialog.getByText('1 file will not be imported').click()
      await expect(dialog.getByText(/fehlt\.png.*no such picture/)).toBeVisible()
      await expectAccessible(page)
      await capture('import-table')

      await dialog
        .getByRole('combobox', { name: 'Kind' })
        .selectOption({ label: 'Labels in the names of the files' })
      await dialog.getByRole('textbox', { name: 'Pattern of the names' }).fill('wort_{label}_*.png')
      await expect(dialog.getByText('12 pictures, 3 classes')).toBeVisible()
      await expect(samples.getByRole('row').nth(1)).toContainText('a')
      await dialog.getByRole('textbox', { name: 'Pattern of the names' }).fill('nichts_{label}')
      await expect(dialog.getByRole('alert')).toContainText('matches nichts_{label}')
      await expect(dialog.getByRole('button', { name: 'Import', exact: true })).toBeDisabled()
      await capture('import-pattern')

      await dialog.getByRole('combobox', { name: 'Kind' }).selectOption('labels-table')
      await roleOf(/sehr langen Namen/).selectOption('Class')
      await expect(dialog.getByText('12 pictures, 2 classes')).toBeVisible()
      await dialog.getByRole('textbox', { name: 'Name' }).fill('Tiere')
      const files = dialog.getByRole('combobox', { name: "The pictures' files" })
      await files.selectOption('Leave them where they are')
      await expect(files).toHaveAccessibleDescription(/Nothing is copied/)
      await dialog.getByRole('button', { name: 'Import', exact: true }).click()
      await expect(page.getByRole('heading', { name: 'Tiere', level: 1 })).toBeVisible({ timeout: 60_000 })
      await expect(page.getByText('Katze').first()).toBeVisible()
      await expect(page.getByText('Hund').first()).toBeVisible()
    } finally {
      remove()
    }
  })

  test('an archive is imported, and imported again into the same dataset', async ({ page }) => {
    page.setDefaultTimeout(15_000)
    const folder = mkdtempSync(path.join(tmpdir(), 'glyphlab archives '))
    try {
      for (const [index, label] of ['Katze', 'Hund', 'Katze', 'Hund'].entries()) {
        mkdirSync(path.join(folder, 'set', label), { recursive: true })
        copyFileSync(word, path.join(folder, 'set', label, `${index}.png`))
      }
      const archive = path.join(folder, 'Haustiere.tar.gz')
      execFileSync('tar', ['czf', archive, '-C', folder, 'set'])
      for (const round of [1, 2]) {
        await goTo(page, 'Data')
        await page.getByRole('button', { name: 'Import a dataset' }).first().click()
        const dialog = page.getByRole('dialog', { name: 'Import a dataset' })
        await dialog.getByLabel('Files to import').setInputFiles(archive)
        await expect(dialog.getByText('4 pictures, 2 classes')).toBeVisible()
        await expect(dialog.getByRole('textbox', { name: 'Name' })).toHaveValue('Haustiere')
        if (round === 2)
          await dialog.getByRole('checkbox', { name: /^Add to what this dataset holds/ }).check()
        await dialog.getByRole('button', { name: 'Import', exact: true }).click()
        await expect(page.getByRole('heading', { name: 'Haustiere', level: 1 })).toBeVisible({
          timeout: 60_000,
        })
      }
      await goTo(page, 'Data')
      const row = page.getByRole('table', { name: 'Datasets' }).getByRole('row').nth(1)
      await expect(row).toContainText(/Haustiere.*4.*2/)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
}
