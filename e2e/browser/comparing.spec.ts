import path from 'node:path'
import { root } from '../../build/paths.ts'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { callEngine } from '../page-models/engine.ts'

const dogs = `This is a lot of 12 point text to test the
ocr code and see if it works on all types
of file format.

The quick brown dog jumped over the
lazy fox. The quick brown dog jumped
over the lazy fox. The quick brown dog
jumped over the lazy fox. The quick
brown dog jumped over the lazy fox.`

test('two ways to read are compared against typed and imported texts, and shown where they differ', async ({
  page,
  capture,
}) => {
  const names = ['phototest.tif', 'simple.png']
  const { jobId, pageIds } = await callEngine(page, 'pages.read', {
    files: names.map((name) => ({ kind: 'path' as const, path: path.join(root, 'data/ocr', name) })),
  })
  await expect
    .poll(async () => (await callEngine(page, 'jobs.get', { jobId })).status, { timeout: 60_000 })
    .toBe('succeeded')

  await page.goto(new URL(`/read/${pageIds[0]}`, page.url()).href)
  await page.getByRole('button', { name: 'Say what really stands here' }).click()
  const truth = page.getByRole('dialog', { name: 'What stands on phototest.tif' })
  await truth.getByRole('textbox', { name: 'The text of the page' }).fill(dogs)
  await capture('truth')
  await expectAccessible(page)
  await truth.getByRole('button', { name: 'Keep as what stands there' }).click()
  await expect(truth).toBeHidden()

  await page.getByRole('button', { name: 'Compare ways to read' }).click()
  const dialog = page.getByRole('dialog', { name: 'Compare ways to read' })
  await dialog.getByLabel('Files with the text of pages').setInputFiles([
    { name: 'simple.gt.txt', mimeType: 'text/plain', buffer: Buffer.from('Tesseract.js') },
    { name: 'stranger.txt', mimeType: 'text/plain', buffer: Buffer.from('nobody') },
  ])
  await expect(dialog.getByText('1 page found its text.')).toBeVisible()
  await expect(dialog.getByRole('list', { name: 'Files that were left out' })).toContainText(
    'stranger.txt: no page with a picture called stranger.txt was read.',
  )
  await dialog.getByRole('button', { name: 'Add a way' }).click()
  const third = dialog.getByRole('group', { name: 'Way 3' })
  await third.getByRole('combobox', { name: 'Engine' }).click()
  await page.getByRole('option', { name: 'Tesseract' }).click()
  await third.getByRole('combobox', { name: 'The page holds' }).click()
  await page.getByRole('option', { name: 'One line', exact: true }).click()
  await expect(dialog.getByText('6 readings, and a run for each way.')).toBeVisible()
  await capture('compare-dialog')
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Compare', exact: true }).click()

  const ways = page.getByRole('table', { name: 'Ways to read' })
  await expect(ways.getByRole('row', { name: /^tesseract 0\.00 %/ })).toContainText('Best', {
    timeout: 60_000,
  })
  await expect(ways.getByRole('row', { name: /^tesseract psm=7/ })).toContainText('orse')
  const cell = page.getByRole('button', { name: /^phototest\.tif, tesseract psm=7/ })
  await cell.click()
  await expect(cell).toHaveAttribute('aria-pressed', 'true')
  await expect(page.getByRole('region', { name: 'What stands there' }).getByRole('deletion')).not.toHaveCount(
    0,
  )
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await capture(`comparison-${colorScheme}`)
    await expectAccessible(page)
  }
  await page.getByRole('button', { name: 'Delete this comparison' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete the comparison' }).click()
  await expect(page.getByText('Find the engine that reads your pages best')).toBeVisible()
})
