import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Page } from '@playwright/test'
import sharp from 'sharp'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { callEngine } from '../page-models/engine.ts'

const steps = [10, 20, 30, 40]
const labels = ['cat', 'dog', 'owl with a long name 🦉']

/** A bell that widens with the steps. */
function bell(step: number, centre: number): object {
  const width = 0.2 + step / 40
  const buckets = Array.from({ length: 24 }, (_, at) => {
    const left = centre - 2 + at / 6
    return [left, left + 1 / 6, Math.round(1_000 * Math.exp(-(((left + 1 / 12 - centre) / width) ** 2)))]
  })
  return { step, buckets }
}

const linesOf = (items: object[]): string => items.map((item) => `${JSON.stringify(item)}\n`).join('')

async function logRun(page: Page, home: string, name: string, shift: number): Promise<string> {
  const { id } = await callEngine(page, 'runs.create', { name })
  const files: Record<string, string | Buffer> = {
    'histograms/weights/dense/kernel.jsonl': linesOf(steps.map((step) => bell(step, shift))),
    'histograms/weights/dense_1/kernel.jsonl': linesOf(steps.map((step) => bell(step, 2 * shift))),
    'confusion/validation.jsonl': linesOf(
      steps.map((step) => ({
        step,
        labels,
        confusion: [
          [step, 40 - step, 0],
          [shift * 3, 20 + step, 2],
          [0, 1, 60],
        ],
      })),
    ),
  }
  for (const [at, step] of steps.entries())
    files[`images/generated/${String(step).padStart(8, '0')}.png`] = await sharp({
      create: { width: 24, height: 24, channels: 3, background: { r: 60 * at, g: 80 * shift, b: 120 } },
    })
      .png()
      .toBuffer()
  for (const [place, content] of Object.entries(files)) {
    const file = path.join(home, 'logged', `${id}-${place.replaceAll('/', '-')}`)
    await writeFile(file, content)
    await callEngine(page, 'runs.logArtifact', {
      runId: id,
      path: place,
      source: { kind: 'path', path: file },
    })
  }
  await callEngine(page, 'runs.end', { runId: id })
  return id
}

test('distributions, pictures and confusion matrices of runs stand side by side at one step', async ({
  page,
  home,
  capture,
}) => {
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  await mkdir(path.join(home, 'logged'))
  const first = await logRun(page, home, 'baseline', 0)
  const second = await logRun(page, home, 'wide <b>🙂 with a long name that goes on and on', 1)
  await page.goto(new URL(`/runs/compare?ids=${first},${second}`, page.url()).href)
  const section = page.getByRole('region', { name: 'Over steps', exact: true })
  const slider = section.getByRole('slider', { name: 'Step' })

  await test.step('the newest step first; arrows go through the steps, and the address keeps the step', async () => {
    await expect(section.getByRole('figure')).toHaveCount(4)
    await expect(slider).toHaveAttribute('aria-valuetext', 'Step 40, 4 of 4')
    await slider.press('ArrowLeft')
    await slider.press('ArrowLeft')
    await expect(slider).toHaveAttribute('aria-valuetext', 'Step 20, 2 of 4')
    await expect(section.getByText('step 20', { exact: true })).toHaveCount(4)
    await expect(page).toHaveURL(/at=20/)
    await section.scrollIntoViewIfNeeded()
    await capture('over-steps-histograms')
  })

  await test.step('pictures change with the step', async () => {
    await section.getByText('Images', { exact: true }).click()
    await expect(section.getByRole('img', { name: /at step 20$/ })).toHaveCount(2)
    await slider.press('End')
    await expect(section.getByRole('img', { name: /at step 40$/ })).toHaveCount(2)
    await section.scrollIntoViewIfNeeded()
    await capture('over-steps-images')
  })

  await test.step('confusion matrices say how much is right', async () => {
    await section.getByText('Confusion matrices', { exact: true }).click()
    const figure = section.getByRole('figure', { name: 'validation: baseline' })
    await expect(figure).toContainText('98 % of')
    await slider.press('Home')
    await expect(figure).toContainText('75 % of 133 right. Most often mistaken: cat taken for dog (30)')
    await section.scrollIntoViewIfNeeded()
    await capture('over-steps-confusion')
  })

  await test.step('the page of a run has them too', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await expectAccessible(page)
    }
    await page.goto(new URL(`/runs/${first}`, page.url()).href)
    await expect(section.getByRole('figure')).toHaveCount(2)
    await slider.press('Home')
    await expect(section.getByText('step 10', { exact: true })).toHaveCount(2)
  })
  expect(problems).toEqual([])
})
