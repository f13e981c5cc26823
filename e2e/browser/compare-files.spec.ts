import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Page } from '@playwright/test'
import sharp from 'sharp'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { callEngine } from '../page-models/engine.ts'

interface Logged {
  name: string
  numpy: string
  commit: string
  diff: string
  loss: number
  files: Record<string, string | Buffer>
}

const consoleText = (loss: number) =>
  ['starting', ...Array.from({ length: 30 }, (_, step) => `step ${step}`), `loss = ${loss}`, 'done', ''].join(
    '\n',
  )

/** A confusion matrix as a picture: squares of grey. */
function picture(shades: number[]): Promise<Buffer> {
  const side = 32
  const squares = shades.map(
    (shade, at) =>
      `<rect x="${(at % 4) * side}" y="${Math.floor(at / 4) * side}" width="${side}" height="${side}" fill="rgb(${shade},${shade},${shade})"/>`,
  )
  return sharp(
    Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="128" height="128">${squares.join('')}</svg>`),
  )
    .png()
    .toBuffer()
}

async function log(page: Page, home: string, run: Logged): Promise<string> {
  const { id } = await callEngine(page, 'runs.create', {
    name: run.name,
    params: { loss: String(run.loss) },
    environment: {
      python: '3.12.1',
      packages: [`numpy==${run.numpy}`, 'scipy==1.14.0'],
      os: { platform: 'linux' },
    },
    tags: { 'mlflow.source.git.commit': run.commit, 'mlflow.source.git.diff': run.diff },
  })
  for (const [name, content] of Object.entries(run.files)) {
    const file = path.join(home, 'logged', `${id}-${name.replaceAll('/', '-')}`)
    await writeFile(file, content)
    await callEngine(page, 'runs.logArtifact', {
      runId: id,
      path: name,
      source: { kind: 'path', path: file },
    })
  }
  await callEngine(page, 'runs.end', { runId: id })
  return id
}

test('files, code and environment of runs stand side by side, with what differs marked', async ({
  page,
  home,
  capture,
}) => {
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  await mkdir(path.join(home, 'logged'))
  const shades = Array.from({ length: 16 }, (_, at) => at * 16)
  const diffOf = (lr: string) => `--- a/train.py\n+++ b/train.py\n@@ -1 +1 @@\n-lr = 1\n+lr = ${lr}\n`
  const first = await log(page, home, {
    name: 'baseline',
    numpy: '2.0.0',
    commit: 'a'.repeat(40),
    diff: diffOf('0.1'),
    loss: 0.5,
    files: {
      'console.txt': consoleText(0.5),
      'config.json': '{"model":{"width":64,"depth":3},"seed":1}',
      'plots/confusion.png': await picture(shades),
      'scores.csv': 'class,precision\ncat,0.5\ndog,0.75\nowl,1\n',
      'same.txt': 'the same\n',
      'only-here.txt': 'one\n',
      'git/uncommitted.diff': diffOf('0.5'),
    },
  })
  const second = await log(page, home, {
    name: 'wide <b>🙂 with a long name that goes on and on and on',
    numpy: '2.1.0',
    commit: 'b'.repeat(40),
    diff: diffOf('0.01'),
    loss: 0.25,
    files: {
      'console.txt': consoleText(0.25),
      'config.json': '{"seed":1,"model":{"depth":3,"width":128}}',
      'plots/confusion.png': await picture(shades.with(5, 250)),
      'scores.csv': 'class,precision\ncat,0.5\ndog,0.8\nowl,1\nyak,0.1\n',
      'same.txt': 'the same\n',
    },
  })
  const third = await log(page, home, {
    name: 'third',
    numpy: '2.0.0',
    commit: 'a'.repeat(40),
    diff: diffOf('0.1'),
    loss: 0.5,
    files: { 'console.txt': consoleText(0.5) },
  })
  await page.goto(new URL(`/runs/compare?ids=${[first, second, third].join(',')}`, page.url()).href)

  const origin = page.getByRole('region', { name: 'Code and environment', exact: true })
  await test.step('only what differs of code and packages is told, the git diff line by line', async () => {
    await expect(origin.getByRole('row', { name: /packages\.numpy/ })).toContainText('2.1.0')
    await expect(origin.getByRole('row', { name: /Git commit/ })).toContainText('bbbb')
    await expect(origin.getByText('scipy')).toHaveCount(0)
    const lines = origin.getByRole('table', { name: /^Git diff: / }).locator('tr[data-kind="changed"]')
    await expect(lines).toHaveCount(1)
    await expect(lines.first()).toContainText('+lr = 0.01')
    await expect(origin).toContainText(/Of baseline and wide .* only baseline has kept uncommitted changes/)
    await expect(origin.getByText('+lr = 0.5')).toBeVisible()
  })

  const files = page.getByRole('region', { name: 'Artifacts side by side', exact: true })
  const fileField = files.getByRole('combobox', { name: 'File' })
  // A list that is closing while one types stays closed: typing again opens it.
  const open = (name: string) =>
    expect(async () => {
      await fileField.fill('')
      await fileField.fill(name)
      await page.getByRole('option', { name: new RegExp(`^${name}`) }).click({ timeout: 2_000 })
    }).toPass({ timeout: 20_000 })
  await test.step('files that are equal or stand alone are left out', async () => {
    await fileField.click()
    await expect(page.getByRole('option')).toHaveText([
      /config\.json \(differs\)/,
      /console\.txt \(differs\)/,
      /plots\/confusion\.png/,
      /scores\.csv/,
    ])
    await page.keyboard.press('Escape')
  })

  await test.step('JSON differs by values, not by the order of its keys', async () => {
    await open('config.json')
    const rows = files.locator('tr[data-kind="changed"]')
    await expect(rows).toHaveCount(1)
    await expect(rows.locator('ins')).toContainText('128')
  })

  await test.step('equal lines of a console are folded and come out by keyboard', async () => {
    await open('console.txt')
    await expect(files.locator('tr[data-kind="changed"]')).toHaveCount(1)
    await expect(files.getByText('step 3', { exact: true })).toHaveCount(0)
    await files.getByRole('button', { name: 'Show 28 equal lines' }).press('Enter')
    await expect(files.getByText('step 3', { exact: true })).toHaveCount(2)
    await files.scrollIntoViewIfNeeded()
    await capture('compare-files-text')
  })

  await test.step('rows of a table that differ show both values', async () => {
    await open('scores.csv')
    const row = files.getByRole('row', { name: /dog/ })
    await expect(row.locator('del')).toHaveText('0.75')
    await expect(row.locator('ins')).toHaveText('0.8')
    await expect(files.getByRole('row', { name: /yak/ })).toContainText('+4')
    await expect(files.getByText('cat')).toHaveCount(0)
    await capture('compare-files-table')
  })

  await test.step('pictures stand side by side, under a slider, in turn, or as their difference', async () => {
    await open('plots/confusion.png')
    await expect(files.getByRole('figure').locator('img')).toHaveCount(2)
    await capture('compare-files-pictures')
    await files.getByText('Slider', { exact: true }).click()
    const divide = files.getByRole('slider')
    await divide.press('End')
    await expect(files.locator('.picture-pair img').nth(1)).toHaveCSS('clip-path', 'inset(0px 0px 0px 100%)')
    await divide.press('ArrowLeft')
    await expect(files.locator('.picture-pair img').nth(1)).toHaveCSS('clip-path', 'inset(0px 0px 0px 99%)')
    await files.getByText('Blink', { exact: true }).first().click()
    await files.getByRole('button', { name: 'Pause' }).press('Enter')
    await files.getByRole('radio', { name: /^wide/ }).press(' ')
    await expect(files.locator('.picture-pair img').nth(1)).toBeVisible()
    await expect(files.locator('.picture-pair img').nth(0)).toBeHidden()
    await files.getByText('Difference', { exact: true }).click()
    await expect(page).toHaveURL(/look=difference/)
    const shown = await sharp(await files.locator('.picture-pair').screenshot())
      .greyscale()
      .stats()
    // One square of sixteen differs, by 170 of 255; the rest is black.
    expect(shown.channels[0]?.mean).toBeGreaterThan(8)
    expect(shown.channels[0]?.mean).toBeLessThan(14)
  })

  await test.step('other runs are chosen by keyboard; a file that is the same to the byte is said to be', async () => {
    const choice = page.getByRole('combobox', { name: 'Runs side by side' })
    await choice.focus()
    await page.keyboard.type('third')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Escape')
    await expect(page).toHaveURL(/beside=/)
    await open('console.txt')
    await files.getByText('Marked differences', { exact: true }).click()
    await expect(files.getByText('third has the same file as baseline, to the byte.')).toBeVisible()
    await files.getByText('Side by side', { exact: true }).click()
    await expect(files.getByRole('figure')).toHaveCount(3)
  })
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await expectAccessible(page)
  }
  expect(problems).toEqual([])
})
