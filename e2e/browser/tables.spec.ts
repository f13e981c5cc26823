import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { callEngine } from '../page-models/engine.ts'

/** Prices that follow from size and colour, a few sizes missing. */
const priceTable = (rows: number): string => {
  const lines = Array.from({ length: rows }, (_, row) => {
    const size = 20 + ((row * 37) % 101)
    const colour = ['red', 'green', 'blue'][(row * 7) % 3]
    const note = `seen in house ${row}, ${row % 5} floors`
    return `r${String(row).padStart(4, '0')},${row % 29 === 0 ? '' : size},${colour},2024-03-${String(1 + (row % 28)).padStart(2, '0')},"${note}",${size * 3 + (colour === 'red' ? 100 : 0)}`
  })
  return `id,size,colour,day,note,price\n${lines.join('\n')}\n`
}

test('a table is imported, looked at, trained on, and its model asked about a row', async ({
  page,
  home,
  capture,
}) => {
  test.setTimeout(120_000)
  const source = path.join(home, 'source', 'prices.csv')
  await mkdir(path.dirname(source))
  await writeFile(source, priceTable(400))
  const { jobId } = await callEngine(page, 'datasets.import', {
    source: { kind: 'path', path: source },
    name: 'prices',
    options: { target: 'price' },
  })
  let versionId = ''
  await expect
    .poll(
      async () => {
        const job = await callEngine(page, 'jobs.get', { jobId })
        versionId = String(job.result?.['datasetVersionId'] ?? '')
        return job.status
      },
      { timeout: 30_000 },
    )
    .toBe('succeeded')

  await page.goto(new URL(`/data/${versionId}`, page.url()).href)
  const rows = page.getByRole('table', { name: 'Rows of prices' })
  await expect(rows.getByText('r0001')).toBeVisible()
  await expect(page.getByRole('tab', { name: 'Rows' })).toBeVisible()
  await expect(page.getByRole('tab', { name: 'Map' })).toHaveCount(0)
  await expectAccessible(page)
  await capture('table-rows')
  await rows.getByRole('button', { name: 'size' }).click()
  await rows.getByRole('button', { name: 'size' }).click()
  await expect(rows.getByRole('row').nth(1)).toContainText('120')
  await page.getByPlaceholder('Find in names and cells').fill('house 77,')
  await expect(page.getByText('1 row', { exact: true })).toBeVisible()

  await page.getByRole('tab', { name: 'Quality' }).click()
  await expect(page.getByText('14 rows lack a value')).toBeVisible({ timeout: 30_000 })
  await capture('table-quality')

  await page.goto(new URL(`/runs/new?dataset=${versionId}`, page.url()).href)
  await expect(page.getByRole('combobox', { name: 'Preset' })).toHaveValue('Network for tables: a number')
  await page.getByLabel('Epochs').fill('20')
  await page.getByRole('button', { name: 'Train', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'How near price is met' })).toBeVisible({ timeout: 60_000 })
  await expectAccessible(page)
  await page.getByRole('heading', { name: 'How near price is met' }).scrollIntoViewIfNeeded()
  await page.getByRole('heading', { name: 'Largest errors' }).scrollIntoViewIfNeeded()
  await capture('table-run')

  const runId = new URL(page.url()).pathname.split('/').pop() ?? ''
  await callEngine(page, 'models.register', { runId, name: 'price' })
  await page.goto(new URL('/models/price/1', page.url()).href)
  await page.getByRole('spinbutton', { name: 'size' }).or(page.getByLabel('size')).first().fill('50')
  await page.getByRole('button', { name: 'Predict' }).click()
  await expect(page.getByRole('status').filter({ hasText: 'price:' })).toBeVisible()
  await expectAccessible(page)
  await capture('table-model')
})
