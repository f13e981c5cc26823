import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { uidAt, writeManyRuns } from '../../build/bench/many-runs.ts'
import { temporaryHome } from '../app.ts'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { callEngine } from '../page-models/engine.ts'

const longName = 'naïve 🙂 <script>window.taken = 1;<b> with a name that is far too long for a list'

async function logAll(page: Page): Promise<string[]> {
  const ids: string[] = []
  for (const lr of ['0.1', '0.01'])
    for (let seed = 0; seed < 6; seed += 1) {
      const { id } = await callEngine(page, 'runs.create', {
        name: seed === 2 ? longName : `rate ${lr} seed ${seed}`,
        params: {
          lr,
          seed: String(seed),
          optimizer: seed % 2 === 0 ? 'adam' : 'sgd',
          command: `</script><script>taken = ${seed}</script>`,
        },
      })
      const metrics = Array.from({ length: 120 }, (_, step) => {
        const timestamp = 1_700_000_000_000 + step * 60_000
        const loss = Number(lr) + (3 + seed / 4) / (step + 1) + (step % 7) / 50
        return [
          { key: 'train_loss', step, value: loss, timestamp },
          { key: 'accuracy', step, value: 1 - loss / 4, timestamp },
        ]
      }).flat()
      await callEngine(page, 'runs.log', { runId: id, metrics })
      await callEngine(page, 'runs.end', { runId: id })
      ids.push(id)
    }
  return ids
}

test('runs are compared: axes, groups with bands, one cursor, charts of runs, tests, a board, a file to share', async ({
  page,
  capture,
}) => {
  test.slow()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  const ids = await logAll(page)
  const origin = new URL(page.url()).origin
  await page.goto(`${origin}/runs/compare?ids=${ids.join(',')}`)
  const loss = page.getByRole('slider', { name: 'train_loss by step' })
  const curves = (name: string) =>
    page.locator('figure', { has: page.getByText(name, { exact: true }) }).locator('[data-curves]')
  await expect(curves('train_loss')).toHaveAttribute('data-curves', '12')
  await capture('compare')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await expectAccessible(page)
  }

  await test.step('the cursor of one chart shows the values of all', async () => {
    await loss.focus()
    await page.keyboard.press('End')
    await expect(page.locator('.chart-tip')).toHaveCount(2)
    await expect(page.locator('.chart-tip').first()).toContainText('step 119')
    await page.keyboard.press('+')
    await expect(page).toHaveURL(/zoom=/)
    await page.keyboard.press('Shift+ArrowLeft')
    await page.keyboard.press('0')
    await expect(page).not.toHaveURL(/zoom=/)
  })

  await test.step('x is an axis of moments, or another metric', async () => {
    await page.getByText('Clock', { exact: true }).click()
    await expect(page).toHaveURL(/x=clock/)
    await expect(page.getByRole('slider', { name: 'train_loss by clock' })).toBeVisible()
    await page.getByRole('button', { name: 'Axes' }).click()
    await page.getByRole('combobox', { name: 'Another metric on the horizontal axis' }).fill('accu')
    await page.getByRole('option', { name: 'accuracy' }).click()
    await page.getByText('Window', { exact: true }).click()
    await page.getByRole('switch', { name: 'Ignore outliers (2 % at each end)' }).press(' ')
    await page.getByText('95 % interval', { exact: true }).click()
    await expectAccessible(page)
    await page.keyboard.press('Escape')
    await expect(page.getByRole('slider', { name: 'train_loss by accuracy' })).toBeVisible()
    await expect(page).toHaveURL(/smooth=w10/)
    await page.getByText('Step', { exact: true }).click()
  })

  await test.step('runs are grouped, with a band around each mean', async () => {
    await page.getByRole('combobox', { name: 'Group by' }).fill('lr')
    await page.getByRole('option', { name: 'lr', exact: true }).click()
    await expect(curves('train_loss')).toHaveAttribute('data-curves', '2')
    await capture('compare-groups')
  })

  await test.step('charts of runs are built, moved and removed by keyboard', async () => {
    const add = page.getByRole('button', { name: 'Add a chart' })
    await add.press('Enter')
    await page.getByRole('combobox', { name: 'Metric', exact: true }).fill('accuracy')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Add', exact: true }).press('Enter')
    await expect(page.getByRole('figure', { name: 'accuracy by run' })).toBeVisible()
    await add.press('Enter')
    await page.getByText('Scatter', { exact: true }).click()
    await page.getByRole('combobox', { name: 'Horizontal' }).fill('train')
    await page.getByRole('option', { name: 'train_loss' }).click()
    await page.getByRole('combobox', { name: 'Vertical' }).fill('accu')
    await page.getByRole('option', { name: 'accuracy' }).click()
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await add.press('Enter')
    await page.getByText('Parallel', { exact: true }).click()
    for (const field of ['lr', 'optimizer', 'accuracy']) {
      await page.getByRole('combobox', { name: 'Axes, from left to right' }).fill(field)
      await page.getByRole('option', { name: field, exact: true }).click()
    }
    await page.getByRole('button', { name: 'Add', exact: true }).press('Enter')
    await page.getByRole('button', { name: 'Move accuracy by train_loss back' }).press('Enter')
    await page.getByRole('button', { name: 'Move accuracy by run back' }).scrollIntoViewIfNeeded()
    await expect(page.getByRole('figure', { name: 'lr, optimizer, accuracy' })).toBeVisible()
    await capture('compare-runs')
    await expectAccessible(page)
  })

  await test.step('groups are tested over equal seeds', async () => {
    const groups = page.getByRole('table', { name: 'train_loss by lr' })
    await expect(groups.getByRole('row', { name: /0\.01/ })).toContainText('best')
    const tests = page.getByRole('table', { name: 'Paired tests' })
    await expect(tests.getByRole('row', { name: '0.01 less 0.1' })).toContainText('0.0313')
  })

  await test.step('a chart is saved as SVG with its curves', async () => {
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save or copy the chart train_loss' }).press('Enter')
    await page.getByRole('menuitem', { name: 'Save as SVG' }).click()
    const svg = await readFile(await (await download).path(), 'utf8')
    expect(svg.match(/<path[^>]+stroke: rgb/g)?.length).toBeGreaterThanOrEqual(2)
    expect(svg).not.toContain('light-dark')
  })

  await test.step('the board is kept and comes back', async () => {
    await page.getByRole('button', { name: 'Boards' }).press('Enter')
    await page.getByRole('textbox', { name: 'Name of the board' }).fill('Rates')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('heading', { name: 'Rates', level: 1 })).toBeVisible()
    await page.goto(`${origin}/runs/compare?q=${encodeURIComponent("params.lr = '0.1'")}`)
    await expect(page.getByRole('heading', { name: 'Compare 6 runs', level: 1 })).toBeVisible()
    await page.getByRole('button', { name: 'Boards' }).press('Enter')
    await page.getByRole('button', { name: 'Rates', exact: true }).click()
    await expect(page.getByRole('figure', { name: 'lr, optimizer, accuracy' })).toBeVisible()
    await expect(curves('train_loss')).toHaveAttribute('data-curves', '2')
  })

  await test.step('the file that is shared opens offline, runs nothing and shows the runs', async () => {
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Share', exact: true }).press('Enter')
    const file = await (await download).path()
    const html = await readFile(file, 'utf8')
    const context = await page.context().browser()?.newContext({ offline: true })
    const other = await context?.newPage()
    if (!other) throw new Error('no second page')
    const asked: string[] = []
    other.on('request', ({ url }) => asked.push(url()))
    await other.setContent(html)
    await expect(other.getByRole('heading', { name: 'Rates', level: 1 })).toBeVisible()
    await expect(other.getByRole('img', { name: 'train_loss of 12 runs' }).locator('.curve')).toHaveCount(12)
    expect(await other.evaluate(() => 'taken' in window)).toBe(false)
    expect(asked.filter((url) => !url.startsWith('about:'))).toEqual([])
    await other.screenshot({ path: 'artifacts/screenshots/browser-report.png', fullPage: true })
    await context?.close()
  })
  expect(problems).toEqual([])
})

const ofManyRuns = test.extend({
  home: async ({ playwright: _ }, use) => {
    await using home = await temporaryHome()
    writeManyRuns(home.path, { runs: 500, long: 500, steps: 5 })
    await use(home.path)
  },
})

ofManyRuns(
  '500 runs are compared: each has its column, and what is not on view costs nothing',
  async ({ page, capture }) => {
    const ids = Array.from({ length: 500 }, (_, at) => uidAt(at + 1))
    // As a link in a note, whose address names them all.
    await page.goto(new URL(`/runs/compare?ids=${ids.join(',')}`, page.url()).href)
    await expect(page.getByRole('heading', { name: 'Compare 500 runs' })).toBeVisible()
    await expect(page.locator('[data-curves="500"]').first()).toBeVisible()
    await expect(page.getByRole('table', { name: /^metric 01 by/ })).toBeVisible()
    const section = page.locator('.compare-table').first()
    await section.scrollIntoViewIfNeeded()
    await expect(section.getByRole('columnheader', { name: 'run 1', exact: true })).toBeVisible()
    await expect(section.getByRole('columnheader', { name: 'run 500' })).toHaveCount(0)
    await section.locator('..').evaluate((frame) => frame.scrollTo({ left: frame.scrollWidth }))
    const last = section.getByRole('columnheader', { name: 'run 500' })
    await expect(last).toBeInViewport()
    await expect(last).toHaveAttribute('aria-colindex', '501')
    await expect(section.getByText('best', { exact: true }).first()).toBeVisible()
    expect(await section.locator('td').count()).toBeLessThan(1_000)
    expect(await page.locator('main *').count()).toBeLessThan(8_000)
    await capture('compare-500')
    await expectAccessible(page)
  },
)
