import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { root } from '../../build/paths.ts'
import { makeSmallModel } from '../../core/serving/testing/small-model.ts'
import { readManifest } from '../../core/training/model-files.ts'
import { exportOnnx } from '../../core/training/onnx/export-onnx.ts'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { goTo } from '../page-models/places.ts'

const longMs = 60_000
const sign = path.join(root, 'data/classify/hand-sign-2.JPG')

let work: string
test.beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'glyphlab-serving-'))
  const { directory } = await makeSmallModel()
  const onnx = await exportOnnx(directory, await readManifest(directory), '')
  await writeFile(path.join(work, 'hand signs.onnx'), onnx)
})
test.afterAll(() => rm(work, { recursive: true, force: true }))

test('a model is served here, asked on its own page, and its log comes home as a dataset to label', async ({
  page,
  capture,
}) => {
  test.setTimeout(120_000)
  await test.step('bring a model', async () => {
    await goTo(page, 'Models')
    await page.getByRole('button', { name: 'Import ONNX' }).click()
    const dialog = page.getByRole('dialog', { name: 'Import a model' })
    const chooser = page.waitForEvent('filechooser')
    await dialog.getByRole('button', { name: 'ONNX file' }).click()
    await (await chooser).setFiles(path.join(work, 'hand signs.onnx'))
    await dialog.getByRole('button', { name: 'Import', exact: true }).click()
    await expect(page.getByText('An ONNX model runs in onnxruntime.')).toBeVisible({ timeout: longMs })
  })

  await goTo(page, 'Serve')
  await page.getByRole('navigation', { name: 'Serve' }).getByRole('link', { name: 'Deployments' }).click()
  const address = page.getByRole('link', { name: /^http:\/\/127\.0\.0\.1:\d+\/$/ })
  await test.step('serve it with a key, keeping every picture', async () => {
    const form = page.getByRole('form', { name: 'Serve on this machine' })
    await form.getByRole('combobox', { name: 'Pictures to keep' }).click()
    await page.getByRole('option', { name: 'All', exact: true }).click()
    await form.getByRole('checkbox', { name: 'Callers need an API key' }).check()
    await form.getByRole('button', { name: 'Serve', exact: true }).click()
    await expect(page.getByText('Answers requests.')).toBeVisible({ timeout: longMs })
    await expect(address).toBeVisible()
  })
  const key = (await page.getByText('API key, shown once:').locator('..').locator('code').textContent()) ?? ''

  await test.step('ask it on its page, which wants the key', async () => {
    const [tried] = await Promise.all([page.waitForEvent('popup'), address.click()])
    await tried.getByLabel('API key').waitFor()
    const files = tried.locator('input[type=file]')
    await files.setInputFiles(sign)
    await expect(tried.getByRole('status')).toContainText('wants an API key')
    await tried.getByLabel('API key').fill(key)
    const bytes = await readFile(sign)
    await files.setInputFiles({ name: 'again.jpg', mimeType: 'image/jpeg', buffer: bytes })
    await expect(tried.getByRole('meter').first()).toBeVisible()
    const endpoint = new URL('/v1/predict', tried.url()).href
    const headers = { authorization: `Bearer ${key}` }
    for (let i = 0; i < 8; i += 1) {
      const response = await fetch(endpoint, { method: 'POST', headers, body: new Uint8Array(bytes) })
      expect(response.status).toBe(200)
    }
    await tried.close()
  })

  const list = page.getByRole('list', { name: 'Servers on this machine' })
  await expect(list).toContainText('9 predictions', { timeout: longMs })
  await expect(page.getByRole('heading', { name: 'The last minutes' })).toBeVisible({ timeout: longMs })
  await expect(page.getByRole('textbox', { name: 'Lines of the log' })).toHaveValue(/ready golden_answers=\d/)
  await capture('deployments')
  await expectAccessible(page)

  await page.getByRole('button', { name: 'Stop', exact: true }).click()
  await expect(list).toContainText('Stopped', { timeout: longMs })
  await page.getByRole('button', { name: 'Import its log' }).click()
  await expect(page.getByText(/^9 predictions and 1 picture added/)).toBeVisible({ timeout: longMs })
  await expect(page.getByRole('table', { name: 'Versions' })).toContainText('hand signs/1')
  await page.getByRole('textbox', { name: 'Less sure than, %' }).fill('100')
  const pictures = page.getByRole('list', { name: 'Unsure pictures' })
  await expect(pictures.getByRole('listitem')).toHaveCount(1)
  await page.getByRole('button', { name: 'Make a dataset of 1 picture' }).click()
  const open = page.getByRole('link', { name: 'Open hand signs, unsure' })
  await expect(open).toBeVisible({ timeout: longMs })
  await page.getByRole('heading', { name: /^Import the log of/ }).scrollIntoViewIfNeeded()
  await capture('production-log')
  await expectAccessible(page)
  await open.click()
  await expect(page.getByRole('listbox', { name: /^Pictures of/ }).getByRole('option')).toHaveCount(1)
})
