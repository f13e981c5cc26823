import type { Page } from '@playwright/test'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { callEngine } from '../page-models/engine.ts'
import { goTo } from '../page-models/places.ts'

interface Logged {
  name: string
  params: Record<string, string>
  loss: number
  experiment?: string
  parentId?: string
}

async function log(page: Page, { name, params, loss, ...others }: Logged): Promise<string> {
  const { id } = await callEngine(page, 'runs.create', { name, params, ...others })
  const metrics = Array.from({ length: 20 }, (_, step) => ({
    key: 'loss',
    step,
    value: loss + 1 / (step + 1),
    timestamp: 1_700_000_000_000 + step,
  }))
  await callEngine(page, 'runs.log', { runId: id, metrics, tags: { team: 'vision' } })
  await callEngine(page, 'runs.end', { runId: id })
  return id
}

async function logAll(page: Page): Promise<void> {
  const study = await log(page, { name: 'a study of rates', params: { lr: '0.1' }, loss: 3 })
  await log(page, { name: 'inner one', params: { lr: '0.2' }, loss: 4, parentId: study })
  for (let n = 0; n < 12; n += 1)
    await log(page, {
      name: `run ${n} – ${n === 3 ? 'naïve 🙂 with a name that is far too long for any column of a table' : 'plain'}`,
      params: { lr: String((n + 1) / 100), optimizer: n % 2 === 0 ? 'adam' : 'sgd' },
      loss: n,
      experiment: n < 4 ? 'Ship' : 'Harbour',
    })
}

test('runs are searched, sorted, grouped, edited, tagged, kept as a view, deleted and removed for good', async ({
  page,
  capture,
}) => {
  test.slow()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  await logAll(page)
  await goTo(page, 'Runs')
  const grid = page.getByRole('grid', { name: 'Runs' })
  const search = page.getByRole('combobox', { name: 'Search runs' })
  await expect(page.getByText('14 runs', { exact: true })).toBeVisible()
  await capture('run-table')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await expectAccessible(page)
  }

  await test.step('child runs stand below their parent', async () => {
    await expect(grid.getByText('inner one')).toHaveCount(0)
    await grid.getByRole('button', { name: 'Show 1 below a study of rates' }).click()
    await expect(grid.getByText('inner one')).toBeVisible()
  })

  await test.step('words find runs as they always did', async () => {
    await search.fill('naïve far')
    await expect(page.getByText('1 run', { exact: true })).toBeVisible()
  })

  await test.step('the language is completed by keyboard', async () => {
    await search.fill('')
    await search.pressSequentially('optim')
    await page.getByRole('option', { name: 'params.optimizer' }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await expect(search).toHaveValue('params.optimizer ')
    await search.pressSequentially("= 'ad")
    await page.getByRole('option', { name: "'adam'" }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Tab')
    await expect(search).toHaveValue("params.optimizer = 'adam' ")
    await expect(page.getByText('6 runs', { exact: true })).toBeVisible()
  })

  await test.step('a fault is underlined and says what was expected, the rows stay', async () => {
    await search.fill("metrics.loss << 3 AND params.optimizer = 'adam'")
    await expect(page.getByText(/Expected/)).toBeVisible()
    await expect(search).toHaveAttribute('aria-invalid', 'true')
    await expect(grid.getByRole('row').nth(1)).toBeVisible()
    await capture('run-search-fault')
    await search.fill('metrics.loss < 5 AND NOT name LIKE %study%')
    await search.fill("metrics.loss < 5 AND params.optimizer = 'adam'")
    await expect(page.getByText('3 runs', { exact: true })).toBeVisible()
  })

  await test.step('the engine sorts by any column, by keyboard too', async () => {
    const head = grid.getByRole('button', { name: 'loss', exact: true })
    await head.click()
    await expect(grid.getByRole('row').nth(1)).toContainText('run 4 ')
    await head.click()
    await expect(grid.getByRole('row').nth(1)).toContainText('run 0 ')
    await head.press('Alt+ArrowLeft')
    await head.press('Alt+Shift+ArrowRight')
    await expect(grid.getByRole('columnheader').nth(-2)).toContainText('loss')
  })

  await test.step('a view brings search, order and columns back', async () => {
    await page.getByRole('button', { name: 'Views' }).click()
    await page.getByRole('textbox', { name: 'Name of the view' }).fill('Good ones')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Clear the search' }).click()
    await expect(page.getByText('14 runs', { exact: true })).toBeVisible()
    await page.getByRole('button', { name: 'Views' }).click()
    await page.getByRole('button', { name: 'Good ones', exact: true }).click()
    await expect(page.getByText('3 runs', { exact: true })).toBeVisible()
    await page.getByRole('button', { name: 'Clear the search' }).click()
  })

  await test.step('a name is edited in its row, a note and a tag beside it', async () => {
    await grid.getByText('run 5 – plain').click()
    await grid.focus()
    await page.keyboard.press('F2')
    await page.getByRole('textbox', { name: /^Name of run 5/ }).fill('renamed')
    await page.keyboard.press('Enter')
    await expect(grid.getByText('renamed', { exact: true })).toBeVisible()
    const details = page.getByRole('complementary', { name: 'Details of renamed' })
    await details.getByRole('button', { name: 'Write a note' }).click()
    await details
      .getByRole('textbox', { name: 'Note, in Markdown' })
      .fill('**Best** so far, see `lr`\n\n- <script>alert(1)</script>')
    await page.keyboard.press('Control+Enter')
    await expect(details.locator('strong')).toHaveText('Best')
    await details.getByRole('textbox', { name: 'Tag', exact: true }).fill('stage')
    await details.getByRole('textbox', { name: 'Value of the tag' }).fill('final')
    await details.getByRole('button', { name: 'Set' }).click()
    await expect(details.getByRole('button', { name: 'Remove the tag stage' })).toBeVisible()
    await capture('run-details')
    await expectAccessible(page)
  })

  await test.step('groups have means and ranges, and lead to their runs', async () => {
    await page.getByRole('combobox', { name: 'Group by' }).fill('optimizer')
    await page.getByRole('option', { name: 'optimizer' }).click()
    const groups = page.getByRole('table', { name: 'Runs by optimizer' })
    await expect(groups.getByRole('row', { name: /adam/ })).toContainText('6')
    await capture('run-groups')
    await groups.getByRole('button', { name: 'Show the runs of sgd' }).click()
    await expect(page.getByText('6 runs, 1 selected')).toBeVisible()
    await expect(search).toHaveValue("params.optimizer = 'sgd'")
    await page.getByRole('button', { name: 'Clear the search' }).click()
  })

  await test.step('one experiment is chosen', async () => {
    await page.getByRole('button', { name: 'All experiments' }).click()
    await page.getByRole('checkbox', { name: 'Ship (4)' }).check()
    await page.keyboard.press('Escape')
    await expect(page.getByText('4 runs')).toBeVisible()
  })

  await test.step('the table is saved as CSV as it stands', async () => {
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Save the table as CSV' }).click()
    expect((await download).suggestedFilename()).toBe('Runs.csv')
  })

  await test.step('runs are deleted, and removed for good after a look at what goes', async () => {
    await grid.focus()
    await page.keyboard.press('Control+a')
    await page.keyboard.press('Delete')
    await expect(page.getByText('No run matches')).toBeVisible()
    await page.getByText('Deleted', { exact: true }).click()
    await grid.focus()
    await page.keyboard.press('Control+a')
    await page.getByRole('button', { name: 'Remove for good' }).click()
    await expect(page.getByText(/^80 logged points go/)).toBeVisible()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove for good' }).click()
    await expect(page.getByText(/4 runs removed/)).toBeVisible()
    expect((await callEngine(page, 'runs.search', { lifecycle: 'all' })).total).toBe(10)
  })
  expect(problems).toEqual([])
})

test('the table draws the curve of a metric for the runs in sight', async ({ page, capture }) => {
  await logAll(page)
  const { id } = await callEngine(page, 'runs.create', { name: 'nothing logged' })
  await callEngine(page, 'runs.end', { runId: id })
  await goTo(page, 'Runs')
  const grid = page.getByRole('grid', { name: 'Runs' })
  const row = (name: string) => grid.getByRole('row', { name })

  await test.step('chosen by keyboard in the column menu', async () => {
    await page.getByRole('button', { name: 'Columns' }).press('Enter')
    await page.getByRole('textbox', { name: 'Find a column' }).fill('loss curve')
    await page.getByRole('checkbox', { name: 'loss curve' }).press('Space')
    await page.keyboard.press('Escape')
    await expect(
      row('run 5 – plain').getByRole('img', { name: 'loss: 6 to 5.05, lowest 5.05' }),
    ).toBeVisible()
    await expect(row('nothing logged').locator('[data-kind="curve"]')).toHaveText('–')
  })

  await test.step('sorted by its last value, and drawn anew while it is logged', async () => {
    const head = grid.getByRole('button', { name: 'loss curve' })
    await head.click()
    await expect(grid.getByRole('row').nth(1)).toContainText('run 11 ')
    const live = await callEngine(page, 'runs.create', { name: 'a live one' })
    const point = (step: number, value: number) =>
      callEngine(page, 'runs.log', {
        runId: live.id,
        metrics: [{ key: 'loss', step, value, timestamp: 1_700_000_000_000 + step }],
      })
    await point(0, 90)
    await expect(row('a live one').getByRole('img', { name: 'loss: 90 to 90' })).toBeVisible()
    await point(1, 70)
    await expect(row('a live one').getByRole('img', { name: 'loss: 90 to 70, lowest 70' })).toBeVisible()
    await callEngine(page, 'runs.end', { runId: live.id })
  })

  await capture('run-sparklines')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await expectAccessible(page)
  }
})

test('a pinned column stays beside the name, and a saved view keeps it', async ({ page, capture }) => {
  await logAll(page)
  await goTo(page, 'Runs')
  const grid = page.getByRole('grid', { name: 'Runs' })
  const heads = grid.getByRole('columnheader')
  await page.getByRole('button', { name: 'Columns' }).press('Enter')
  const menu = page.getByRole('dialog', { name: 'Columns' })
  for (const name of ['Experiment', 'User', 'Note', 'lr', 'optimizer'])
    await menu.getByRole('checkbox', { name, exact: true }).check()
  await menu.getByRole('button', { name: 'Pin loss' }).press('Space')
  await expect(menu.getByRole('button', { name: 'Pin loss' })).toHaveAttribute('aria-pressed', 'true')
  await expect(menu.getByRole('button', { name: 'Move loss down' })).toBeDisabled()
  await expectAccessible(page)
  await page.keyboard.press('Escape')
  await expect(heads.nth(2)).toContainText('loss')

  await page.getByRole('button', { name: 'Views' }).click()
  await page.getByRole('textbox', { name: 'Name of the view' }).fill('Loss first')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.keyboard.press('Escape')

  await page.setViewportSize({ width: 1000, height: 800 })
  const head = grid.getByRole('button', { name: 'loss', exact: true })
  await page.locator('.run-table').evaluate((frame) => frame.scrollTo({ left: 10_000 }))
  const [name, loss] = [await heads.nth(1).boundingBox(), await heads.nth(2).boundingBox()]
  expect((name?.x ?? 0) + (name?.width ?? 0)).toBeCloseTo(loss?.x ?? 0, 0)
  await expect(head).toBeInViewport()
  await expect(grid.getByText('11.1', { exact: true })).toBeInViewport()
  await capture('run-pinned')

  await page.getByRole('button', { name: 'Columns' }).click()
  await page.getByRole('button', { name: 'Usual columns' }).click()
  await page.keyboard.press('Escape')
  await expect(heads.nth(2)).toContainText('Status')
  await page.getByRole('button', { name: 'Views' }).click()
  await page.getByRole('button', { name: 'Loss first', exact: true }).click()
  await expect(heads.nth(2)).toContainText('loss')
})

test('runs get a colour, kept as a tag, that the charts use too', async ({ page, capture }) => {
  await logAll(page)
  await goTo(page, 'Runs')
  const grid = page.getByRole('grid', { name: 'Runs' })
  const keyOf = (name: string) => grid.getByRole('row', { name }).locator('.run-key')
  const orange = 'rgb(213, 94, 0)'
  await grid.getByText('run 7 – plain').click()
  await grid.getByText('run 8 – plain').click({ modifiers: ['Shift'] })
  await page.getByRole('button', { name: 'More actions' }).press('Enter')
  await page.getByRole('menuitem', { name: 'Colour the selected runs' }).press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Colour of 2 runs' })
  const field = dialog.getByRole('textbox', { name: 'Colour, as #rrggbb' })
  await field.fill('#12')
  await expect(dialog.getByRole('button', { name: 'Set the colour' })).toBeDisabled()
  await dialog.getByRole('button', { name: 'Colour #d55e00' }).press('Space')
  await capture('run-colour')
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Set the colour' }).press('Enter')
  await expect(keyOf('run 7 – plain')).toHaveCSS('background-color', orange)
  await expect(keyOf('run 8 – plain')).toHaveCSS('background-color', orange)
  await page.getByRole('button', { name: 'Compare 2 runs' }).click()
  const legend = page.getByRole('list', { name: 'Runs in the charts' })
  await expect(legend.locator('.run-key').first()).toHaveCSS('background-color', orange)
  await page.goBack()
  await grid.getByText('run 7 – plain').click()
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Colour the selected runs' }).click()
  await page.getByRole('button', { name: 'By itself' }).click()
  await expect(keyOf('run 7 – plain')).not.toHaveCSS('background-color', orange)
})
