import path from 'node:path'
import { root } from '../paths.ts'
import { millionName, writeMillionSamples } from './million-samples.ts'

interface Answer {
  total: number
  items: { ordinal: number }[]
}

/** Asks the engine something small again and again: the longest wait is how long anything else was held up. */
function watchEngine({ origin, token }: { origin: string; token: string }): () => Promise<number> {
  let [watching, longest] = [true, 0]
  const ask = async () => {
    while (watching) {
      const from = performance.now()
      const request = { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: '{"limit":1}' }
      await (await fetch(`${origin}/rpc/jobs.list`, request)).arrayBuffer()
      longest = Math.max(longest, performance.now() - from)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
  const done = ask()
  return async () => {
    watching = false
    await done
    return rounded(longest)
  }
}

const rounded = (ms: number) => Math.round(ms * 10) / 10

// Both run in the window.
function observeLongTasks(): void {
  const tasks: number[] = []
  Object.assign(window, { longTasks: tasks })
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) tasks.push(entry.duration)
  }).observe({ entryTypes: ['longtask'] })
}
const readLongTasks = (): number[] => (window as unknown as { longTasks: number[] }).longTasks

/**
 * A dataset of a million samples: ms for the engine's answer (first time asked, over HTTP) to opening, filtering and
 * jumping to the end; what the window does while its grid is scrolled, and while 100,000 pictures are selected and
 * labelled: long tasks over 50 ms, as Chromium reports them; how long the engine holds up others meanwhile, and while it
 * packs the points of a map; a quality check of all of it. Targets: 200 ms each, no long task.
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
    await page.evaluate(observeLongTasks)
    await grid.hover()
    for (let turn = 0; turn < 200; turn++) {
      await page.mouse.wheel(0, turn % 50 < 40 ? 400 : 40_000)
      await page.waitForTimeout(16)
    }
    const longTasks = await page.evaluate(readLongTasks)
    await grid.focus()
    await page.keyboard.press('End')
    const from = Date.now()
    await page.getByRole('option', { name: /^99\/0999999\.png/ }).waitFor()
    const endShownMs = Date.now() - from
    await page.screenshot({ path: path.join(root, 'artifacts', 'bench-browse.png') })

    const tenClasses = Array.from({ length: 10 }, (_, n) => `label=class+1${n}`).join('&')
    await page.goto(`${app.origin}/data/${versionId}?${tenClasses}`)
    await grid.getByRole('option').first().waitFor()
    await page.waitForTimeout(1_000)
    await page.evaluate(observeLongTasks)
    const edits = page.getByRole('toolbar', { name: 'Selection and edits' })
    let holdUp = watchEngine(app)
    await grid.focus()
    const selectFrom = performance.now()
    await page.keyboard.press('Control+a')
    await edits.getByText('100,000 pictures selected').waitFor()
    const selectedMs = rounded(performance.now() - selectFrom)
    const labelFrom = performance.now()
    await page.keyboard.press('1')
    await edits.getByText('1 unsaved edit').waitFor()
    const labelledMs = rounded(performance.now() - labelFrom)
    await page.waitForTimeout(1_000)
    const labelTasks = await page.evaluate(readLongTasks)
    const labelHeldUpMs = await holdUp()

    holdUp = watchEngine(app)
    const { ms: pointsMs } = await timed('datasets.points', { versionId })
    const pointsHeldUpMs = await holdUp()

    const checkFrom = performance.now()
    holdUp = watchEngine(app)
    const { answer: begun } = await timed('datasets.checkQuality', { versionId })
    const { jobId } = begun as unknown as { jobId: string }
    let status = 'queued'
    while (status === 'queued' || status === 'running') {
      await page.waitForTimeout(250)
      status = ((await timed('jobs.get', { jobId })).answer as unknown as { status: string }).status
    }
    if (status !== 'succeeded') throw new Error(`the check ${status}`)
    const quality = { seconds: rounded((performance.now() - checkFrom) / 1000), heldUpMs: await holdUp() }
    return {
      samples: 1_000_000,
      writtenMs,
      engineMs,
      window: {
        longTasks: longTasks.length,
        longestTaskMs: rounded(Math.max(0, ...longTasks)),
        endShownMs,
      },
      labelling: {
        pictures: 100_000,
        selectedMs,
        labelledMs,
        longTasks: labelTasks.length,
        longestTaskMs: rounded(Math.max(0, ...labelTasks)),
        heldUpMs: labelHeldUpMs,
      },
      points: { ms: rounded(pointsMs), heldUpMs: pointsHeldUpMs },
      quality,
    }
  } finally {
    await app.close()
    await home[Symbol.asyncDispose]()
  }
}
