import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Classifier, loadClassifier } from './classifier.ts'
import { listen, type RunningServer } from './listen.ts'
import { Readiness } from './readiness.ts'
import { servedClassifier } from './served-classifier.ts'
import { createServer } from './server.ts'
import { defaultLimits } from './settings.ts'
import { makeSmallModel, shippedPicture } from './testing/small-model.ts'
import { Traffic } from './traffic.ts'

let classifier: Classifier
let pictures: Buffer[]
let server: RunningServer
let url: string

beforeAll(async () => {
  classifier = await loadClassifier((await makeSmallModel()).directory)
  pictures = await Promise.all(['2', '7'].map((sign) => shippedPicture(`classify/hand-sign-${sign}.JPG`)))
  const example = { name: 'hand 2.jpg', type: 'image/jpeg', bytes: pictures[0] ?? Buffer.alloc(0) }
  const identity = { name: 'signs', version: 3, digest: classifier.digest, example }
  const traffic = await Traffic.open([servedClassifier(classifier, identity)])
  const readiness = new Readiness(async () => {})
  readiness.ready()
  const limits = { ...defaultLimits, pictures: 4 }
  const app = createServer({ traffic, readiness, limits, log: () => {}, cache: { entries: 10, bytes: 1e6 } })
  server = await listen(app, { host: '127.0.0.1', port: 0, limits })
  url = `http://127.0.0.1:${server.port}`
})
afterAll(() => server.drain(0))

async function ask(path: string, body: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body), headers })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

const base64 = () => pictures.map((picture) => picture.toString('base64'))

describe('several pictures in one request', () => {
  it('are each answered, and a bad one fails alone', async () => {
    const [first = '', second = ''] = base64()
    const { status, body } = await ask('/v1/predict', {
      images: [first, Buffer.from('no').toString('base64'), second],
    })
    expect(status).toBe(200)
    const [a, bad, b] = body['predictions'] as Record<string, unknown>[]
    const expected = await Promise.all(pictures.map((picture) => classifier.classify(picture, 'x')))
    expect([a?.['label'], b?.['label']]).toEqual(expected.map(({ label }) => label))
    expect(bad?.['error']).toMatchObject({ code: 'UNREADABLE_FILE' })
  })

  it('are refused when there are too many, and addresses are never fetched', async () => {
    const [first = ''] = base64()
    expect((await ask('/v1/predict', { images: [first, first, first, first, first] })).status).toBe(413)
    expect(await ask('/v1/predict', { url: 'http://169.254.169.254/' })).toMatchObject({
      status: 403,
      body: { error: { code: 'FORBIDDEN' } },
    })
  })
})

it('answers a known picture from the cache', async () => {
  const [first = ''] = base64()
  const a = await ask('/v1/predict', { image: first })
  const b = await ask('/v1/predict', { image: first })
  expect(b.body['probabilities']).toEqual(a.body['probabilities'])
  expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/glyphlab_cache_hits_total [1-9]/)
})

describe("Google Vision's call", () => {
  it('gives labels, and an error for each request that it can not answer', async () => {
    const [content = ''] = base64()
    const labels = { image: { content }, features: [{ type: 'LABEL_DETECTION', maxResults: 2 }] }
    const faces = { image: { content }, features: [{ type: 'FACE_DETECTION' }] }
    const bad = { image: { content: 'bm8=' }, features: [{ type: 'LABEL_DETECTION' }] }
    const { status, body } = await ask('/v1/images:annotate', { requests: [labels, faces, bad] })
    expect(status).toBe(200)
    const { label } = await classifier.classify(pictures[0] ?? Buffer.alloc(0), 'x')
    expect(body['responses']).toMatchObject([
      { labelAnnotations: [{ description: label, score: expect.any(Number) }, {}] },
      { error: { code: 3, message: expect.stringContaining('FACE_DETECTION') } },
      { error: { code: 3 } },
    ])
    expect(await ask('/v1/images:annotate', {})).toMatchObject({
      status: 400,
      body: { error: { code: 400, status: 'INVALID_INPUT' } },
    })
  })
})

describe('the Open Inference Protocol', () => {
  it('describes the server and the model', async () => {
    for (const path of ['/v2', '/v2/health/live', '/v2/health/ready', '/v2/models/signs/ready']) {
      expect((await fetch(`${url}${path}`)).status).toBe(200)
    }
    const metadata = await (await fetch(`${url}/v2/models/signs/versions/3`)).json()
    expect(metadata).toMatchObject({
      name: 'signs',
      versions: ['3'],
      inputs: [{ name: 'image', datatype: 'FP32', shape: [-1, 24, 24, 3] }],
    })
    const missing = await fetch(`${url}/v2/models/cats`)
    expect(missing.status).toBe(404)
    expect(await missing.json()).toEqual({ error: expect.stringContaining('cats') })
  })

  it('answers pictures, pixels and floats alike', async () => {
    const expected = await Promise.all(pictures.map((picture) => classifier.classify(picture, 'x')))
    const served = servedClassifier(classifier, { name: 'signs', version: 3, digest: classifier.digest })
    const pixels = (await Promise.all(pictures.map((picture) => served.pixels(picture, 'x')))).map((one) => [
      ...one,
    ])
    const { scale, offset } = classifier.manifest.preprocessing
    const floats = pixels.flat().map((pixel) => Math.fround(pixel * scale + offset))
    const shape = [2, 24, 24, 3]
    for (const input of [
      { datatype: 'BYTES', shape: [2], data: base64() },
      { datatype: 'UINT8', shape, data: pixels },
      { datatype: 'FP32', shape, data: floats },
    ]) {
      const { status, body } = await ask('/v2/models/signs/infer', {
        id: 'a',
        inputs: [{ name: 'image', ...input }],
      })
      expect(status).toBe(200)
      expect(body).toMatchObject({ model_name: 'signs', model_version: '3', id: 'a' })
      const [probabilities, labels] = body['outputs'] as { data: unknown[]; shape: number[] }[]
      expect(labels?.data).toEqual(expected.map(({ label }) => label))
      expect(probabilities?.shape).toEqual([2, 4])
      const differences = expected
        .flatMap((answer) => answer.probabilities)
        .map((value, i) => Math.abs(value - Number(probabilities?.data[i])))
      expect(Math.max(...differences)).toBeLessThan(1e-6)
    }
  })

  it('refuses a tensor of another shape', async () => {
    const input = { name: 'image', datatype: 'FP32', shape: [1, 2, 2, 3], data: Array(12).fill(0) }
    const { status, body } = await ask('/v2/models/signs/infer', { inputs: [input] })
    expect(status).toBe(400)
    expect(body['error']).toContain('[24,24,3]')
  })
})

it('describes every endpoint in OpenAPI', async () => {
  const document = await (await fetch(`${url}/openapi.json`)).json()
  expect(document.openapi).toBe('3.1.0')
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining(['/v1/predict', '/v1/images:annotate', '/v2/models/{model}/infer', '/healthz']),
  )
  expect(
    document.paths['/v1/predict'].post.requestBody.content['application/json'].schema.anyOf,
  ).toHaveLength(3)
})

it('offers the input example of the version: by its address, in OpenAPI and on the page', async () => {
  const given = await fetch(`${url}/v1/example`)
  expect(given.headers.get('content-type')).toBe('image/jpeg')
  const bytes = Buffer.from(await given.arrayBuffer())
  expect(bytes.equals(pictures[0] ?? Buffer.alloc(0))).toBe(true)
  const document = await (await fetch(`${url}/openapi.json`)).json()
  const { content } = document.paths['/v1/predict'].post.requestBody
  expect(content['image/*'].examples.input).toEqual({ summary: 'hand 2.jpg', externalValue: '/v1/example' })
  const answer = await ask('/v1/predict', content['application/json'].example)
  expect(answer).toMatchObject({ status: 200, body: { model: 'signs' } })
  expect(await (await fetch(url)).text()).toContain('data-name="hand 2.jpg"')
})
