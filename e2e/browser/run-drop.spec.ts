import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from '@playwright/test'
import { test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { dropPath } from '../page-models/dropping.ts'
import { goTo } from '../page-models/places.ts'

let work: string
test.beforeEach(() => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab runs ü '))
})
test.afterEach(() => rmSync(work, { recursive: true, force: true }))

/** An MLflow folder of three runs; a line of one metric is damaged. */
function mlruns(): string {
  const folder = path.join(work, 'mlruns')
  const write = (file: string, content: string) => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
    writeFileSync(path.join(folder, file), content)
  }
  write(
    '7/meta.yaml',
    "experiment_id: '7'\nname: Katzen 🐈\nlifecycle_stage: active\nartifact_location: /away/7\n",
  )
  for (const [index, name] of ['first', 'second', 'third'].entries()) {
    const id = `${index}`.repeat(32)
    write(
      `7/${id}/meta.yaml`,
      `run_id: ${id}\nrun_name: ${name}\nexperiment_id: '7'\nstatus: 3\nstart_time: 1700000000000\nend_time: 1700000001000\nlifecycle_stage: active\nartifact_uri: /away/7/${id}/artifacts\n`,
    )
    write(`7/${id}/params/lr`, '0.1')
    write(
      `7/${id}/metrics/loss`,
      `1700000000000 0.5 0\n${index === 1 ? 'not a point' : '1700000000001 0.25 1'}\n`,
    )
  }
  return folder
}

test('a dropped mlruns folder is imported on Enter: counts, what is broken by name, and the runs', async ({
  page,
  capture,
}) => {
  const folder = mlruns()
  await goTo(page, 'Data')
  await dropPath(page, folder)
  const offer = page
    .getByRole('dialog')
    .getByRole('button', { name: 'Import runs of “mlruns” (MLflow folder)' })
  await expect(offer.and(page.locator(':focus'))).toBeVisible()
  await expectAccessible(page)
  await capture('drop-runs')
  await page.keyboard.press('Enter')
  const notice = page.locator('.notice').filter({ hasText: 'MLflow folder: 3 runs' })
  await expect(notice).toContainText('1 part could not be read', { timeout: 60_000 })
  await expect(notice).toContainText('second · metrics/loss')
  await capture('drop-runs-done')
  await notice.getByRole('button', { name: 'Show the runs' }).click()
  await expect(page.getByRole('heading', { name: 'Runs', level: 1 })).toBeVisible()
  for (const name of ['first', 'second', 'third'])
    await expect(page.getByRole('main').getByText(name, { exact: true }).first()).toBeVisible()

  await dropPath(page, folder)
  await expect(offer.and(page.locator(':focus'))).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(page.locator('.notice')).toContainText('3 runs, all of them here already', { timeout: 60_000 })
})

test('a dropped log of metrics becomes a run, and is offered as a dataset too', async ({ page }) => {
  const log = path.join(work, 'training log.csv')
  writeFileSync(log, 'epoch,loss,accuracy\n1,0.5,0.7\n2,0.25,0.9\n')
  await goTo(page, 'Runs')
  await dropPath(page, log)
  const dialog = page.getByRole('dialog')
  const offer = dialog.getByRole('button', { name: 'Import runs of “training log.csv” (log of metrics)' })
  await expect(offer.and(page.locator(':focus'))).toBeVisible()
  await expect(dialog.getByRole('button', { name: 'Import “training log.csv” as a dataset' })).toBeVisible()
  await page.keyboard.press('Enter')
  await page.locator('.notice').getByRole('button', { name: 'Show the run' }).click({ timeout: 60_000 })
  await expect(page.getByRole('heading', { name: 'training log', level: 1 })).toBeVisible()
})
