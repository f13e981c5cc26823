import path from 'node:path'
import { root } from '../../build/paths.ts'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { callEngine } from '../page-models/engine.ts'

test('the form of a training is short, its groups open, and a changed augmentation shows its pictures', async ({
  page,
  capture,
}) => {
  const { jobId } = await callEngine(page, 'datasets.import', {
    source: { kind: 'path', path: path.join(root, 'data', 'datasets', 'sign-language-digits') },
    name: 'digits',
  })
  await expect
    .poll(async () => (await callEngine(page, 'jobs.get', { jobId })).status, { timeout: 60_000 })
    .toBe('succeeded')
  await page.goto(new URL('/runs/new', page.url()).href)

  const form = page.getByRole('form', { name: 'Train a model' })
  await expect(form.getByRole('textbox', { name: 'Epochs' })).toBeVisible()
  await expect(form.getByRole('button', { name: 'Train', exact: true })).toBeInViewport()
  await expect(form.getByRole('textbox', { name: 'Noise' })).toBeHidden()
  await capture('train-form')

  const pictures = form.getByRole('region', { name: 'What the network sees' })
  await form.getByText('Augmentation', { exact: true }).click()
  await expect(pictures).toBeHidden()
  await form.getByRole('textbox', { name: 'Noise' }).fill('0.2')
  await expect(pictures.getByRole('listitem')).toHaveCount(21)
  const shown = () =>
    pictures
      .getByRole('img')
      .evaluateAll((images) => images.map((image) => (image as HTMLImageElement).src).join())
  const noisy = await shown()
  await form.getByRole('checkbox', { name: 'Flip upside down' }).check()
  await expect.poll(async () => (await shown()) === noisy, 'the pictures stay').toBe(false)
  await expectAccessible(page)
  await capture('train-form-augmentation')
  await form.getByText('Augmentation', { exact: true }).click()
  await expect(form.getByText('Flip upside down on · Noise 0.2')).toBeVisible()

  await form.getByText('Network', { exact: true }).click()
  await form.getByRole('textbox', { name: 'Dropout' }).fill('')
  await form.getByText('Network', { exact: true }).click()
  await form.getByRole('button', { name: 'Train', exact: true }).click()
  await expect(form.getByRole('textbox', { name: 'Dropout' })).toBeVisible()

  await form.getByRole('combobox', { name: 'Preset' }).click()
  await page.getByRole('option', { name: 'Best for small pictures' }).click()
  await expect(form.getByRole('textbox', { name: 'Epochs' })).toHaveValue('15')
  await expect(form.getByText(/^Shift 0\.08/)).toBeVisible()
})
