import path from 'node:path'
import { root } from '../paths.ts'
import { millionName, writeMillionSamples } from './million-samples.ts'

interface Answer {
  total: number
  items: { ordinal: number }[]
}

const rounded = (ms: number) => Math.round(ms * 10) / 10

/**
 * A dataset of a million samples: ms for the engine's answer (first time asked, over HTTP) to opening, filtering and
 * jumping to the end, and what the window does while its grid is scrolled: long tasks over 50 ms, as Chromium reports
 * them. Targets: 200 ms each, no long task.
 */
export async function browseBench(): Promise<object> {
  const { openInBrowser, temporaryHome } = await import('../../e2e/app.ts')
  const home = await temporaryHome()
  const startedAt = Date.now()
  await writeMillionSamples(home.path)
  const writtenMs = Date.now() - startedAt
  const app = await openInBrowser(home.path)
  try {
    const { page } = app
    const timed = async (procedure: string, input: object): Promise<{ ms: number; answer: Answer }> =>
      page.evaluate(
        async ([name, body]) => {
          const from = performance.now()
          const response = await fetch(`/rpc/${name}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: body as string,
          })
          const answer = await response.json()
          return { ms: performance.now() - from, answer }
        },
        [procedure, JSON.stringify(input)],
      )
    const { answer: version } = await timed('datasets.version', { name: millionName })
    const versionId = (version as unknown as { id: string }).id
    const engineMs: Record<string, number> = {}
    const ask = async (title: string, filter: object, offset: number) => {
      const { ms, answer } = await timed('datasets.samples', { versionId, ...filter, offset, limit: 200 })
      if (answer.items.length === 0) throw new Error(`${title}: no samples`)
      engineMs[title] = rounded(ms)
    }
    await ask('open', {}, 0)
    await ask('end', {}, 999_800)
    await ask('one class', { labels: ['class 07'] }, 0)
    await ask('one class, end', { labels: ['class 07'] }, 9_800)
    await ask('ten classes, end', { labels: Array.from({ length: 10 }, (_, n) => `class 1${n}`) }, 99_800)
    await ask('train', { subset: 'train' }, 0)
    await ask('train, end', { subset: 'train' }, 799_800)
    await ask('one class in test', { labels: ['class 09'], subset: 'test' }, 0)
    await ask('search', { search: '77/' }, 0)

    await page.goto(`${app.origin}/data/${versionId}`)
    const grid = page.getByRole('listbox', { name: `Pictures of ${millionName}` })
    await grid.getByRole('option').first().waitFor()
    await page.evaluate(() => {
      const tasks: number[] = []
      Object.assign(window, { longTasks: tasks })
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) tasks.push(entry.duration)
      }).observe({ entryTypes: ['longtask'] })
    })
    await grid.hover()
    for (let turn = 0; turn < 200; turn++) {
      await page.mouse.wheel(0, turn % 50 < 40 ? 400 : 40_000)
      await page.waitForTimeout(16)
    }
    const longTasks = await page.evaluate(() => (window as unknown as { longTasks: number[] }).longTasks)
    await grid.focus()
    await page.keyboard.press('End')
    const from = Date.now()
    await page.getByRole('option', { name: /^99\/0999999\.png/ }).waitFor()
    const endShownMs = Date.now() - from
    await page.screenshot({ path: path.join(root, 'artifacts', 'bench-browse.png') })
    return {
      samples: 1_000_000,
      writtenMs,
      engineMs,
      window: {
        longTasks: longTasks.length,
        longestTaskMs: rounded(Math.max(0, ...longTasks)),
        endShownMs,
      },
    }
  } finally {
    await app.close()
    await home[Symbol.asyncDispose]()
  }
}
