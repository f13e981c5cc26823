import path from 'node:path'
import { root } from '../paths.ts'
import { uidAt, writeManyRuns } from './many-runs.ts'

const rounded = (ms: number) => Math.round(ms * 10) / 10
const compared = { runs: 100, steps: 10_000 }

// These run in the window.
function observeLongTasks(): void {
  const tasks: number[] = []
  Object.assign(window, { longTasks: tasks })
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) tasks.push(entry.duration)
  }).observe({ entryTypes: ['longtask'] })
}
/** From the click to the frame that shows the text, in the window's own clock: no polling from outside in it. */
function timeToText(text: string): Promise<number> {
  return new Promise((resolve) => {
    let from = 0
    document.addEventListener(
      'click',
      (event) => {
        from = event.timeStamp
      },
      { capture: true, once: true },
    )
    const look = () => {
      const found = document.evaluate(
        `//*[@role="grid"]//text()[.="${text}"]`,
        document,
        null,
        XPathResult.BOOLEAN_TYPE,
      ).booleanValue
      if (from > 0 && found) requestAnimationFrame(() => resolve(performance.now() - from))
      else requestAnimationFrame(look)
    }
    look()
  })
}
const readLongTasks = (): number[] => (window as unknown as { longTasks: number[] }).longTasks

async function measure(count: number, long: number): Promise<object> {
  const { openInBrowser, temporaryHome } = await import('../../e2e/app.ts')
  const home = await temporaryHome()
  writeManyRuns(home.path, { runs: count, long, steps: compared.steps })
  const app = await openInBrowser(home.path)
  try {
    const { page } = app
    const timed = async (act: () => Promise<unknown>): Promise<number> => {
      const from = performance.now()
      await act()
      return rounded(performance.now() - from)
    }
    const grid = page.getByRole('grid', { name: 'Runs' })
    const search = page.getByRole('combobox', { name: 'Search runs' })
    const row = (name: string) => grid.getByText(name, { exact: true }).waitFor()
    const newest = `run ${count}`
    await page.getByRole('heading', { name: 'Read', level: 1 }).waitFor()
    const opened = page.evaluate(timeToText, newest)
    await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Runs' }).click()
    const openMs = rounded(await opened)
    const sortMs = await timed(async () => {
      await grid.getByRole('button', { name: 'metric 01', exact: true }).click()
      await grid.locator('[aria-sort="descending"]').waitFor()
      await page.waitForFunction(
        (name) => !document.querySelector('[role="grid"] tbody tr')?.textContent?.includes(name),
        newest,
      )
    })
    const searchMs = await timed(async () => {
      await search.fill('params.`param 03` = 12 AND metrics.`metric 02` < 500')
      await page.waitForFunction(
        (all) => !document.querySelector('.runs-count')?.textContent?.startsWith(all),
        count.toLocaleString('en'),
      )
    })
    await page.goto(`${app.origin}/runs`)
    await row(newest)
    await page.evaluate(observeLongTasks)
    await grid.hover()
    for (let turn = 0; turn < 120; turn++) {
      await page.mouse.wheel(0, turn % 40 < 30 ? 400 : 20_000)
      await page.waitForTimeout(16)
    }
    const scrollTasks = await page.evaluate(readLongTasks)
    await grid.focus()
    const selectAllMs = await timed(async () => {
      await page.keyboard.press('Control+a')
      await page.getByText(/ selected$/).waitFor()
    })
    if (long === 0)
      return { runs: count, openMs, sortMs, searchMs, selectAllMs, scroll: tasksOf(scrollTasks) }

    const ids = Array.from({ length: compared.runs }, (_, place) => uidAt(place + 1)).join(',')
    const metrics = JSON.stringify(
      Array.from({ length: 10 }, (_, n) => `metric ${String(n + 1).padStart(2, '0')}`),
    )
    const address = `/runs/compare?ids=${ids}&metrics=${encodeURIComponent(metrics)}`
    const compare = () =>
      timed(async () => {
        await page.evaluate((to) => {
          history.pushState(null, '', to)
        }, address)
        await page.waitForFunction(
          () =>
            [...document.querySelectorAll<HTMLElement>('.chart-board [data-curves]')].reduce(
              (sum, { dataset }) => sum + Number(dataset['curves']),
              0,
            ) >= 1_000,
        )
      })
    const firstCompareMs = await compare()
    await page.evaluate(() => history.back())
    await row(newest)
    const compareMs = await compare()
    await page.waitForTimeout(500)
    await page.screenshot({ path: path.join(root, 'artifacts', 'bench-runs-compare.png') })
    await page.evaluate(observeLongTasks)
    const box = await page.locator('.chart-board .chart-plot').first().boundingBox()
    if (!box) throw new Error('no chart')
    for (let turn = 0; turn < 60; turn++) {
      await page.mouse.move(box.x + 60 + turn * 4, box.y + 80)
      await page.waitForTimeout(16)
    }
    const cursorTasks = await page.evaluate(readLongTasks)
    await page.mouse.dblclick(box.x + 100, box.y + 80)
    await page.mouse.move(box.x + 120, box.y + 80)
    await page.mouse.down()
    await page.mouse.move(box.x + 240, box.y + 80, { steps: 4 })
    await page.mouse.up()
    await page.waitForTimeout(1_000)
    await page.evaluate(observeLongTasks)
    await page.keyboard.down('Shift')
    await page.mouse.down()
    for (let turn = 0; turn < 60; turn++) {
      await page.mouse.move(box.x + 240 - turn * 2, box.y + 80)
      await page.waitForTimeout(16)
    }
    await page.mouse.up()
    await page.keyboard.up('Shift')
    await page.waitForTimeout(500)
    const panTasks = await page.evaluate(readLongTasks)
    return {
      runs: count,
      openMs,
      sortMs,
      searchMs,
      selectAllMs,
      scroll: tasksOf(scrollTasks),
      compare: {
        ...compared,
        metrics: 10,
        firstMs: firstCompareMs,
        ms: compareMs,
        cursor: tasksOf(cursorTasks),
        pan: tasksOf(panTasks),
      },
    }
  } finally {
    await app.close()
    await home[Symbol.asyncDispose]()
  }
}

const tasksOf = (tasks: readonly number[]) => ({
  longTasks: tasks.length,
  longestTaskMs: rounded(Math.max(0, ...tasks)),
})

/**
 * The run table with 10,000 and 100,000 runs: ms to open, sort, search and select all, long tasks while it is scrolled;
 * 100 runs of 10 metrics of 10,000 steps compared. Targets: opens in 500 ms, draws in 1 s, no long task over 50 ms.
 */
export async function runsBench(): Promise<object> {
  return { tables: [await measure(10_000, compared.runs), await measure(100_000, 0)] }
}
