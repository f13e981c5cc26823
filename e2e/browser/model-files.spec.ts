import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { root } from '../../build/paths.ts'
import { makeSmallModel } from '../../core/serving/testing/small-model.ts'
import { readManifest } from '../../core/training/model-files.ts'
import { exportOnnx } from '../../core/training/onnx/export-onnx.ts'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { goTo } from '../page-models/places.ts'

let work: string
test.beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'glyphlab-models-'))
  const { directory } = await makeSmallModel()
  await writeFile(
    path.join(work, 'hand signs.onnx'),
    await exportOnnx(directory, await readManifest(directory), ''),
  )
})
test.afterAll(() => rm(work, { recursive: true, force: true }))

test('an ONNX file becomes a model version that classifies, and leaves as a file again', async ({
  page,
  capture,
}) => {
  await goTo(page, 'Models')
  await page.getByRole('button', { name: 'Import ONNX' }).click()
  const dialog = page.getByRole('dialog', { name: 'Import a model' })
  const chooser = page.waitForEvent('filechooser')
  await dialog.getByRole('button', { name: 'ONNX file' }).click()
  await (await chooser).setFiles(path.join(work, 'hand signs.onnx'))
  await expect(dialog.getByLabel('Model name')).toHaveValue('hand signs')
  await capture('model-import')
  await expectAccessible(page)

  await dialog.getByLabel('Width, px').fill('25')
  await dialog.getByRole('button', { name: 'Import', exact: true }).click()
  await expect(dialog.getByText('its width is 24, not 25')).toBeVisible()
  await dialog.getByLabel('Width, px').fill('')
  const exampleChooser = page.waitForEvent('filechooser')
  await dialog.getByRole('button', { name: 'Input example' }).click()
  await (await exampleChooser).setFiles(path.join(root, 'data/classify/hand-sign-7.JPG'))
  await dialog.getByRole('button', { name: 'Import', exact: true }).click()

  await expect(page.getByText('An ONNX model runs in onnxruntime.')).toBeVisible()
  const example = page.getByRole('region', { name: 'Input example' })
  await expect(example.getByRole('img', { name: 'hand-sign-7.JPG' })).toBeVisible()
  await example.getByRole('button', { name: 'Try' }).click()
  await expect(example.getByRole('list', { name: 'Answer to the input example' })).toContainText(
    'hand-sign-7.JPG',
  )
  await page.getByLabel('Pictures to classify').locator('visible=true').first().waitFor()
  await page
    .locator('input[type=file][accept="image/*"]')
    .setInputFiles(path.join(root, 'data/classify/hand-sign-2.JPG'))
  await expect(page.getByRole('list', { name: 'Predictions' }).getByRole('listitem')).toHaveCount(1)
  await capture('model-onnx')
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Check files' }).click()
  await expect(page.getByText(/^\d files: all as they were registered\.$/)).toBeVisible()

  await page.getByRole('button', { name: 'Export model' }).click()
  const out = page.getByRole('dialog', { name: /^Export hand signs/ })
  const file = path.join(work, 'out.onnx')
  await out.getByLabel('File').fill(file)
  await capture('model-export')
  await out.getByRole('button', { name: 'Export', exact: true }).click()
  await expect(out.getByText(file)).toBeVisible()
  expect((await stat(file)).size).toBeGreaterThan(1_000)
})
