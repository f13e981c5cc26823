import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { callEngine } from '../page-models/engine.ts'

/** Runs of a search over two params, whose loss has its smallest value in the middle. */
async function logSearch(page: Page): Promise<string[]> {
  const ids: string[] = []
  for (const [row, lr] of [0.0001, 0.001, 0.01, 0.1].entries())
    for (let width = 16; width <= 64; width += 16) {
      const { id } = await callEngine(page, 'runs.create', {
        name: `rate ${lr}, width ${width}`,
        params: { lr: String(lr), width: String(width), optimizer: width % 32 === 0 ? 'adam' : 'sgd' },
      })
      const loss = 0.2 + (row - 1.5) ** 2 / 4 + ((width - 40) / 40) ** 2
      await callEngine(page, 'runs.log', {
        runId: id,
        metrics: [
          { key: 'loss', step: 0, value: loss, timestamp: 1_700_000_000_000 },
          { key: 'accuracy', step: 0, value: 1 - loss / 2, timestamp: 1_700_000_000_000 },
        ],
      })
      await callEngine(page, 'runs.end', { runId: id })
      ids.push(id)
    }
  return ids
}

const panels = [
  { kind: 'parallel', fields: ['params.lr', 'params.optimizer', 'params.width', 'metrics.loss'] },
]

test('charts of runs: a matrix, levels over two params, axes that are moved, all of it in the file that is shared', async ({
  page,
  capture,
}) => {
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  const ids = await logSearch(page)
  const asked = new URLSearchParams({ ids: ids.join(','), panels: JSON.stringify(panels) })
  await page.goto(new URL(`/runs/compare?${asked}`, page.url()).href)
  const parallel = page.locator('figure', { has: page.locator('svg.coordinates') })
  const names = parallel.locator('.coordinates-title')

  await test.step('an axis is moved by the arrow keys and stays in hand', async () => {
    await expect(names).toHaveText(['lr', 'optimizer', 'width', 'loss'])
    await parallel.getByRole('button', { name: 'Axis lr, 1 of 4' }).focus()
    await page.keyboard.press('ArrowRight')
    await expect(names).toHaveText(['optimizer', 'lr', 'width', 'loss'])
    await expect(parallel.getByRole('button', { name: 'Axis lr, 2 of 4' })).toBeFocused()
    await page.keyboard.press('End')
    await expect(names).toHaveText(['optimizer', 'width', 'loss', 'lr'])
  })

  await test.step('an axis is dragged to another place, and the address keeps the order', async () => {
    const centre = async (name: string) => {
      const box = await parallel.getByRole('button', { name: `Axis ${name}` }).boundingBox()
      if (!box) throw new Error(`no axis ${name}`)
      return { x: box.x + box.width / 2, y: box.y + box.height / 2 }
    }
    const [from, to] = [await centre('lr'), await centre('optimizer')]
    await page.mouse.move(from.x, from.y)
    await page.mouse.down()
    await page.mouse.move(to.x, to.y, { steps: 8 })
    await page.mouse.up()
    await expect(names).toHaveText(['lr', 'optimizer', 'width', 'loss'])
    await page.reload()
    await expect(names).toHaveText(['lr', 'optimizer', 'width', 'loss'])
  })

  const add = page.getByRole('button', { name: 'Add a chart' })
  const choose = async (field: string, option: string) => {
    await page.getByRole('combobox', { name: field }).fill(option)
    await page.getByRole('option', { name: option, exact: true }).click()
  }
  await test.step('each two numbers stand against each other, with how they go together', async () => {
    await add.press('Enter')
    await page.getByText('Matrix', { exact: true }).click()
    for (const field of ['lr', 'width', 'loss', 'accuracy']) await choose('Fields, each against each', field)
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Add', exact: true }).press('Enter')
    const matrix = page.getByRole('figure', { name: 'Each of lr, width, loss, accuracy' })
    // Six pairs below the diagonal, sixteen runs in each.
    await expect(matrix.locator('circle')).toHaveCount(96)
    await expect(matrix.getByText('ρ −1', { exact: true })).toHaveCount(1)
  })

  await test.step('a metric over two params shows its levels and its runs', async () => {
    await add.press('Enter')
    await page.getByText('Contour', { exact: true }).click()
    await choose('Horizontal', 'lr')
    await choose('Vertical', 'width')
    await choose('Coloured by', 'loss')
    await page.getByRole('button', { name: 'Add', exact: true }).press('Enter')
    const contour = page.getByRole('figure', { name: 'loss over lr and width' })
    await expect(contour.locator('circle')).toHaveCount(16)
    await expect(contour.getByText('lr (log)')).toBeVisible()
    expect(await contour.locator('.contour-lines path').count()).toBe(7)
    await contour.scrollIntoViewIfNeeded()
    await capture('run-charts-contour')
    await parallel.scrollIntoViewIfNeeded()
    await capture('run-charts')
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await expectAccessible(page)
    }
    for (const [kind, start] of [
      ['SVG', '<svg'],
      ['PNG', '\u{FFFD}PNG'],
      ['CSV', 'name,lr,width,loss'],
    ] as const) {
      const download = page.waitForEvent('download')
      await contour.getByRole('button', { name: /^Save or copy the chart/ }).press('Enter')
      await page.getByRole('menuitem', { name: `Save as ${kind}` }).click()
      const text = await readFile(await (await download).path(), 'utf8')
      expect(text.slice(0, start.length)).toBe(start)
    }
  })

  await test.step('the file that is shared holds the charts as pictures', async () => {
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Share', exact: true }).press('Enter')
    const html = await readFile(await (await download).path(), 'utf8')
    const context = await page.context().browser()?.newContext({ offline: true })
    const other = await context?.newPage()
    if (!other) throw new Error('no second page')
    await other.setContent(html)
    await expect(other.locator('figure img')).toHaveCount(3)
    for (const name of [
      'lr, optimizer, width, loss',
      'Each of lr, width, loss, accuracy',
      'loss over lr and width',
    ])
      expect(
        await other
          .getByRole('img', { name, exact: true })
          .evaluate((image) => image instanceof HTMLImageElement && image.naturalWidth),
      ).toBeGreaterThan(200)
    await context?.close()
  })
  expect(problems).toEqual([])
})
