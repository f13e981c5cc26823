import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createBatches, tryBatches } from './batching.ts'
import { loadClassifier } from './classifier.ts'
import { listen, type RunningServer } from './listen.ts'
import { Readiness } from './readiness.ts'
import { servedClassifier } from './served-classifier.ts'
import type { ServedClassifier } from './served-model.ts'
import { createServer } from './server.ts'
import { defaultLimits } from './settings.ts'
import { makeSmallModel } from './testing/small-model.ts'
import { Traffic } from './traffic.ts'

const models = new Map<string, ServedClassifier>()
const running: RunningServer[] = []

beforeAll(async () => {
  const { directory } = await makeSmallModel()
  for (const engine of ['tfjs', 'onnxruntime'] as const) {
    const classifier = await loadClassifier(directory, { engine })
    models.set(engine, servedClassifier(classifier, { name: 'signs', version: 3, digest: classifier.digest }))
  }
})
afterEach(async () => {
  for (const server of running.splice(0)) await server.drain(0)
})

const modelOf = (engine: string) => models.get(engine) as ServedClassifier

/** Values of a picture that no other number gives. */
const picture = (number: number) =>
  Array.from({ length: 24 * 24 * 3 }, (_, i) => ((i * 31 + number * 97) % 256) / 255)

describe.each(['tfjs', 'onnxruntime'])('batches in %s', (engine) => {
  it('answer 40 callers at once just as each alone, and tell in the metrics how large they were', async () => {
    const model = modelOf(engine)
    const readiness = new Readiness(async () => {})
    readiness.ready()
    const app = createServer({
      traffic: await Traffic.open([model]),
      readiness,
      limits: defaultLimits,
      log: () => {},
      batch: { pictures: 16, delayMs: 5 },
    })
    const server = await listen(app, { host: '127.0.0.1', port: 0, limits: defaultLimits })
    running.push(server)
    const url = `http://127.0.0.1:${server.port}`
    const ask = async (number: number): Promise<number[]> => {
      const tensor = { name: 'image', datatype: 'FP32', shape: [1, 24, 24, 3], data: picture(number) }
      const response = await fetch(`${url}/v2/models/signs/infer`, {
        method: 'POST',
        body: JSON.stringify({ inputs: [tensor] }),
      })
      expect(response.status).toBe(200)
      return (await response.json()).outputs[0].data
    }
    const answers = await Promise.all(Array.from({ length: 40 }, (_, number) => ask(number)))
    for (const [number, answer] of answers.entries()) {
      const alone = await model.infer(Float32Array.from(picture(number)))
      expect(answer).toHaveLength(alone.length)
      for (const [i, value] of alone.entries())
        expect(Math.abs((answer[i] ?? Number.NaN) - value)).toBeLessThanOrEqual(1e-5)
    }
    const text = await (await fetch(`${url}/metrics`)).text()
    const figure = (name: string) =>
      Number(
        new RegExp(`^glyphlab_batch_pictures_${name}{model="signs",version="3"} (\\d+)$`, 'm').exec(
          text,
        )?.[1],
      )
    expect(figure('sum')).toBe(40)
    expect(figure('count')).toBeLessThan(20)
  })

  it('pay for a small model', async () => {
    const trial = await tryBatches(modelOf(engine))
    expect(trial.togetherMs).toBeLessThan(trial.aloneMs)
  })
})

describe('a batch', () => {
  it('holds no more than was set, but takes a larger request whole', async () => {
    const sizes: number[] = []
    const batches = createBatches({ pictures: 4, delayMs: 0 }, (_, pictures) => sizes.push(pictures))
    const model = modelOf('onnxruntime')
    const values = (pictures: number) => new Float32Array(pictures * 24 * 24 * 3)
    const answers = await Promise.all([1, 1, 1, 2, 6].map((size) => batches.infer(model, values(size))))
    expect(answers.map(({ length }) => length / 4)).toEqual([1, 1, 1, 2, 6])
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(11)
    expect(sizes.filter((size) => size > 4)).toEqual([6])
  })

  it('that fails, fails for each who is in it, and the next one is answered', async () => {
    const model = modelOf('onnxruntime')
    let broken = true
    const breaking: ServedClassifier = {
      ...model,
      infer: async (values) => {
        if (broken) throw new Error('out of memory')
        return model.infer(values)
      },
    }
    const batches = createBatches({ pictures: 8, delayMs: 0 }, () => {})
    const one = new Float32Array(24 * 24 * 3)
    const both = await Promise.allSettled([batches.infer(breaking, one), batches.infer(breaking, one)])
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    broken = false
    expect(await batches.infer(breaking, one)).toHaveLength(4)
  })
})
