import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadClassifier } from './classifier.ts'
import { createInferencePool, type InferencePool } from './inference-pool.ts'
import { makeSmallModel, shippedPicture } from './testing/small-model.ts'

const workerFile = fileURLToPath(new URL('inference-worker.ts', import.meta.url))
const file = fileURLToPath(new URL('../../data/classify/hand-sign-2.JPG', import.meta.url))
const name = 'hand-sign-2.JPG'
const engine = null

function childProcesses(): number[] {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
  return children.split(' ').filter(Boolean).map(Number)
}

describe('createInferencePool', () => {
  let pool: InferencePool
  let modelDirectory: string
  beforeAll(async () => {
    modelDirectory = (await makeSmallModel()).directory
    pool = createInferencePool({ workerFile })
  })
  afterAll(() => pool.close())

  it('answers as the classifier in this process does', async () => {
    const classifier = await loadClassifier(modelDirectory)
    const here = await classifier.classify(await shippedPicture('classify/hand-sign-2.JPG'), name)
    expect(await pool.ask({ modelDirectory, engine, file, name })).toEqual(here)
    classifier.dispose()
  })

  it('fails one bad picture alone, by its name', async () => {
    const bad = join(dirname(modelDirectory), 'bad.png')
    await writeFile(bad, 'no picture')
    const answers = await Promise.allSettled([
      pool.ask({ modelDirectory, engine, file, name }),
      pool.ask({ modelDirectory, engine, file: bad, name: 'bad.png' }),
      pool.ask({ modelDirectory, engine, file: `${bad}.gone`, name: 'gone.png' }),
      pool.ask({ modelDirectory, engine, file, name }),
    ])
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
    expect(answers[1]).toMatchObject({ reason: { code: 'UNREADABLE_FILE' } })
    expect(String((answers[2] as PromiseRejectedResult).reason)).toContain('gone.png')
  })

  it.skipIf(process.platform !== 'linux')(
    'replaces a killed process, so that only the picture it held fails',
    async () => {
      await pool.ask({ modelDirectory, engine, file, name })
      const other = (await makeSmallModel(11)).directory
      const calls = [other, modelDirectory, other].map((directory) =>
        pool.ask({ modelDirectory: directory, engine, file, name }),
      )
      const answers = Promise.allSettled(calls)
      const before = childProcesses()
      for (const pid of before) process.kill(pid, 'SIGKILL')
      expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
      await expect(calls[0]).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      expect(childProcesses().some((pid) => before.includes(pid))).toBe(false)
    },
  )

  it('gives up a picture after the time limit and goes on', async () => {
    const hasty = createInferencePool({ workerFile, timeLimitMs: 1 })
    await expect(hasty.ask({ modelDirectory, engine, file, name })).rejects.toMatchObject({
      code: 'TIMED_OUT',
    })
    await hasty.close()
  })

  it('rejects what waits when it closes', async () => {
    const closing = createInferencePool({ workerFile })
    const answers = Promise.allSettled([1, 2].map(() => closing.ask({ modelDirectory, engine, file, name })))
    await sleep(50)
    await closing.close()
    for (const answer of await answers) expect(answer).toMatchObject({ reason: { code: 'CANCELLED' } })
    await expect(closing.ask({ modelDirectory, engine, file, name })).rejects.toMatchObject({
      code: 'CANCELLED',
    })
  })
})
