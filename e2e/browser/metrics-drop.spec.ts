import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createMetrics, durationBounds } from '../../core/serving/metrics.ts'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { dropPath } from '../page-models/dropping.ts'

let work: string
test.beforeEach(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'scrapes ü '))
})
test.afterEach(() => rm(work, { recursive: true, force: true }))

/** A scrape each minute of a service whose second version is slower and fails now and then; written by the server's own code. */
async function writeScrapes(count: number): Promise<void> {
  const metrics = createMetrics()
  const predictions = metrics.counter('glyphlab_predictions_total', 'Pictures answered.')
  const duration = metrics.histogram(
    'glyphlab_prediction_duration_seconds',
    'Time to answer.',
    durationBounds,
  )
  let psi = 0
  metrics.observedSeries('gauge', 'glyphlab_drift_psi', 'Drift from training.', () => [
    { labels: { model: 'digits', version: '2', statistic: 'brightness' }, value: psi },
  ])
  for (let minute = 0; minute < count; minute += 1) {
    psi = minute / 100
    const file = path.join(work, `metrics-${1_767_225_600 + 60 * minute}.prom`)
    await writeFile(file, metrics.render())
    for (let i = 0; i < 40 + 30 * Math.sin(minute / 4); i += 1) {
      const labels = { model: 'digits', version: i % 4 === 0 ? '2' : '1' }
      const outcome = i % 4 === 0 && i % 20 === 0 ? 'failure' : 'success'
      predictions.add({ ...labels, outcome })
      duration.observe(i % 4 === 0 ? 0.04 : 0.004, labels)
    }
  }
}

test('a dropped folder of saved /metrics is shown as traffic, latency, errors and drift of the service', async ({
  page,
  capture,
}) => {
  await writeScrapes(40)
  await page.getByRole('heading', { name: 'Read', level: 1 }).waitFor()
  await dropPath(page, work)
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: /as metrics of a service$/ }).click()
  const form = page.getByRole('form', { name: 'Import metrics' })
  await form.getByLabel('Name of the service').fill('digits in production')
  await page.keyboard.press('Enter')
  await expect(page.getByText(/values of metrics added\.$/)).toBeVisible({ timeout: 60_000 })
  await expect(page.getByText(/predictions between 40 readings; failed 5\.\d %/)).toBeVisible()
  const versions = page.getByRole('table', { name: 'Versions, from metrics' })
  await expect(versions.getByRole('row', { name: /^digits\/1 / })).toContainText('0 %')
  await expect(versions.getByRole('row', { name: /^digits\/2 / })).toContainText('ms')
  await expect(page.getByRole('table', { name: 'Drift that the service measured' })).toContainText(
    'much changed',
  )
  await expect(page.getByText('No kept picture')).toBeHidden()
  await capture('service-metrics')
  await expectAccessible(page)
})
