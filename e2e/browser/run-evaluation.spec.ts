import { readFile } from 'node:fs/promises'
import type { Locator, Page } from '@playwright/test'
import type { RunEvaluation } from '../../core/contract/index.ts'
import { commandLine } from '../command-line.ts'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { callEngine } from '../page-models/engine.ts'
import { shippedDataset } from '../small-datasets.ts'

async function ended(page: Page, jobId: string) {
  for (;;) {
    const job = await callEngine(page, 'jobs.get', { jobId })
    if (job.status !== 'queued' && job.status !== 'running') return job
    await page.waitForTimeout(100)
  }
}

/** What a chart's menu saves as `kind`. */
async function saved(page: Page, chart: Locator, kind: 'SVG' | 'PNG' | 'CSV'): Promise<Buffer> {
  await chart.getByRole('button', { name: /^Save or copy the chart/ }).click()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: `Save as ${kind}` }).click(),
  ])
  return readFile(await download.path())
}

/** Scrolls the run's page, not the window around it. */
const showFromTop = (chart: Locator) =>
  chart.evaluate((figure) => {
    const page = figure.closest('.page-scroll')
    if (page) page.scrollTop += figure.getBoundingClientRect().top - page.getBoundingClientRect().top - 40
  })

test("a classifier's run shows its curves, how far to trust it, its surest mistakes, and where it is worse", async ({
  page,
  home,
  capture,
}) => {
  const source = { kind: 'path', path: shippedDataset } as const
  const imported = await ended(
    page,
    (await callEngine(page, 'datasets.import', { source, name: 'signs' })).jobId,
  )
  const { jobId, runId } = await callEngine(page, 'training.start', {
    datasetVersionId: String(imported.result?.['datasetVersionId']),
    preset: 'cnn-small',
    backend: 'wasm',
    options: { imageSize: 24, batchSize: 16, epochs: 8 },
  })
  await ended(page, jobId)
  const told = await callEngine(page, 'runs.evaluation', { runId })

  await page.goto(new URL(`/runs/${runId}`, page.url()).href)
  const section = page.getByRole('region', { name: 'What is taken for what' })
  const roc = section.getByRole('figure', { name: 'ROC', exact: true })
  await expect(roc.getByRole('slider')).toBeVisible()
  await expect(roc.getByRole('button', { name: 'all', exact: true })).toBeVisible()
  const curve = await saved(page, roc, 'CSV')
  expect(curve.toString().split('\n')[0]?.trim()).toBe('series,false positive rate,value')
  expect(curve.toString()).toContain('all,0,0')
  expect((await saved(page, roc, 'PNG')).subarray(1, 4).toString()).toBe('PNG')
  const precision = section.getByRole('figure', { name: 'Precision and recall' })
  await expect(precision.getByRole('slider')).toBeVisible()
  expect((await saved(page, precision, 'SVG')).toString()).toContain('>all<')

  await expect(section.getByText(/area [\d.]+ micro, [\d.]+ macro/)).toBeVisible()

  const reliability = section.getByRole('figure', { name: /^Reliability, calibration error/ })
  const bins = (await saved(page, reliability, 'CSV')).toString().trim().split('\n').slice(1)
  expect(bins).toHaveLength(15)
  expect(bins.reduce((sum, line) => sum + Number(line.split(',')[2]), 0)).toBe(told.samples)
  expect((await saved(page, reliability, 'SVG')).toString()).toContain('reliability-right')

  const slices = section.getByRole('figure', { name: 'Right, by parts of the pictures' })
  await slices.getByText('As a table').click()
  await expect(slices.getByRole('row')).toHaveCount(told.slices.length + 1)
  await slices.getByText('As a table').click()

  const mistakes = section.getByRole('region', { name: 'Surest mistakes' })
  await expect(mistakes.getByRole('listitem')).toHaveCount(told.errorCount)
  const [surest] = told.errors
  await expect(mistakes.getByRole('listitem').first()).toContainText(
    `${surest?.actual} taken for ${surest?.predicted}`,
  )
  const picture = mistakes.locator('img').first()
  await picture.scrollIntoViewIfNeeded()
  await expect
    .poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBeGreaterThan(0)

  await showFromTop(roc)
  await capture('run-evaluation-curves')
  await expectAccessible(page)
  await showFromTop(reliability)
  await capture('run-evaluation-slices')

  const [printed] = await commandLine(home)<RunEvaluation>('runs', 'evaluation', runId, '--errors', '60')
  expect(printed).toEqual(told)
})
