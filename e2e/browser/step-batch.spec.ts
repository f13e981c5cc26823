import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { callEngine } from '../page-models/engine.ts'
import { shippedDataset } from '../small-datasets.ts'

test('a click on a curve shows what the step learnt from; a training that exploded shows it by itself', async ({
  page,
  capture,
}) => {
  const ended = async (jobId: string) => {
    for (;;) {
      const job = await callEngine(page, 'jobs.get', { jobId })
      if (job.status !== 'queued' && job.status !== 'running') return job
      await page.waitForTimeout(100)
    }
  }
  const source = { kind: 'path', path: shippedDataset } as const
  const imported = await ended((await callEngine(page, 'datasets.import', { source, name: 'signs' })).jobId)
  const datasetVersionId = String(imported.result?.['datasetVersionId'])
  const start = (options: object) =>
    callEngine(page, 'training.start', {
      datasetVersionId,
      preset: 'cnn-small',
      backend: 'wasm',
      options: { imageSize: 24, batchSize: 16, ...options },
    })

  const good = await start({ epochs: 4 })
  await ended(good.jobId)
  await page.goto(new URL(`/runs/${good.runId}`, page.url()).href)
  const chart = page.getByRole('slider', { name: 'loss by step' })
  await chart.click()
  const section = page.getByRole('region', { name: /^Batch of step \d+$/ })
  await expect(section.getByText(/^\d+ samples of epoch \d, step \d+ of \d+/)).toBeVisible()
  const step = Number(new URL(page.url()).searchParams.get('batch'))
  const { samples } = await callEngine(page, 'runs.stepBatch', { runId: good.runId, step })
  await expect(section.getByRole('listitem')).toHaveCount(samples.length)
  await expect(section.getByRole('img').first()).toHaveAttribute('alt', samples[0]?.path ?? '')
  await section.scrollIntoViewIfNeeded()
  await capture('step-batch')
  await expectAccessible(page)

  await section.getByRole('button', { name: 'The next step' }).click()
  await expect(page.getByRole('region', { name: `Batch of step ${step + 1}` })).toBeVisible()
  await chart.focus()
  await page.keyboard.press('Home')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('region', { name: 'Batch of step 1', exact: true })).toBeVisible()
  await page.getByRole('button', { name: 'Close' }).click()
  await expect(section).toHaveCount(0)

  const bad = await start({ epochs: 20, optimizer: 'sgd', schedule: 'constant', learningRate: 10 })
  const failed = await ended(bad.jobId)
  await page.goto(new URL(`/runs/${bad.runId}`, page.url()).href)
  await expect(page.getByRole('alert')).toContainText('The training loss became')
  const shown = page.getByRole('region', { name: `Batch of step ${failed.error?.details?.['step']}` })
  await expect(shown.getByRole('listitem')).toHaveCount(16)
  await capture('step-batch-exploded')
})
