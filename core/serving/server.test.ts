import { createConnection, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import sharp from 'sharp'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { GlyphlabError } from '../contract/index.ts'
import { classifyPicture } from './classification.ts'
import { type Classifier, loadClassifier } from './classifier.ts'
import { listen, type RunningServer } from './listen.ts'
import { createLog } from './log.ts'
import { Readiness } from './readiness.ts'
import { servedClassifier } from './served-classifier.ts'
import type { ServedClassifier } from './served-model.ts'
import { createServer } from './server.ts'
import { defaultLimits, type ServerLimits } from './settings.ts'
import { makeSmallModel, shippedPicture } from './testing/small-model.ts'
import { Traffic } from './traffic.ts'

let classifier: Classifier
let picture: Buffer
const running: RunningServer[] = []

beforeAll(async () => {
  classifier = await loadClassifier((await makeSmallModel()).directory)
  picture = await shippedPicture('classify/hand-sign-2.JPG')
})
afterEach(async () => {
  for (const server of running.splice(0)) await server.drain(0)
})

async function serve(limits: Partial<ServerLimits> = {}, infer?: ServedClassifier['infer']) {
  const lines: string[] = []
  const served = servedClassifier(classifier, { name: 'hand signs', version: 3, digest: classifier.digest })
  const model: ServedClassifier = infer ? { ...served, infer } : served
  const all = { ...defaultLimits, ...limits }
  const readiness = new Readiness(async () => {
    await classifyPicture(model, picture, 'golden')
  })
  const traffic = await Traffic.open([model])
  const app = createServer({ traffic, readiness, limits: all, log: createLog((line) => lines.push(line)) })
  const server = await listen(app, { host: '127.0.0.1', port: 0, limits: all })
  running.push(server)
  return { url: `http://127.0.0.1:${server.port}`, port: server.port, server, readiness, lines }
}

function form(field: string, bytes: Buffer, name = 'hand-sign-2.JPG'): FormData {
  const data = new FormData()
  data.append(field, new Blob([new Uint8Array(bytes)]), name)
  return data
}

const post = (url: string, body: BodyInit, headers: Record<string, string> = {}) =>
  fetch(`${url}/v1/predict`, { method: 'POST', body, headers })

describe('the server', () => {
  it('answers the same picture the same way by form, bytes and JSON, as the app does', async () => {
    const { url, readiness } = await serve()
    readiness.ready()
    const expected = await classifier.classify(picture, 'hand-sign-2.JPG')
    const json = JSON.stringify({ image: picture.toString('base64') })
    for (const response of [
      await post(url, form('image', picture)),
      await post(url, form('file', picture)),
      await post(url, new Uint8Array(picture), { 'content-type': 'image/jpeg' }),
      await post(url, json, { 'content-type': 'application/json' }),
    ]) {
      const body = await response.json()
      expect(response.status).toBe(200)
      expect(body).toMatchObject({
        model: 'hand signs',
        version: 3,
        digest: classifier.digest,
        label: expected.label,
      })
      const probabilities = expected.probabilities.map((probability, i) => ({
        label: classifier.manifest.labels[i],
        probability,
      }))
      expect(body.probabilities).toEqual(probabilities)
      expect(body.request_id).toBe(response.headers.get('x-request-id'))
    }
  })

  it('refuses what is no picture with 400 and says why', async () => {
    const { url, readiness } = await serve()
    readiness.ready()
    const cases: [BodyInit, Record<string, string>, string][] = [
      ['', {}, 'INVALID_INPUT'],
      ['no picture', { 'content-type': 'image/png' }, 'UNREADABLE_FILE'],
      [new Uint8Array(picture.subarray(0, 2_000)), {}, 'UNREADABLE_FILE'],
      [form('image', Buffer.alloc(0)), {}, 'INVALID_INPUT'],
      [form('other', picture), {}, 'INVALID_INPUT'],
      ['{"image": 7}', { 'content-type': 'application/json' }, 'INVALID_INPUT'],
      ['{', { 'content-type': 'application/json' }, 'INVALID_INPUT'],
      ['garbage', { 'content-type': 'multipart/form-data; boundary=x' }, 'INVALID_INPUT'],
    ]
    for (const [body, headers, code] of cases) {
      const response = await post(url, body, headers)
      expect(response.status).toBe(400)
      expect((await response.json()).error).toMatchObject({ code, message: expect.stringMatching(/\w{3}/) })
    }
    expect((await fetch(`${url}/nothing`)).status).toBe(404)
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
  })

  it('refuses a body over the limit with 413, announced or not', async () => {
    const { url, readiness } = await serve({ bodyBytes: 100_000 })
    readiness.ready()
    expect((await post(url, new Uint8Array(200_000))).status).toBe(413)
    const chunked = new Blob([new Uint8Array(200_000)]).stream()
    const request = new Request(`${url}/v1/predict`, {
      method: 'POST',
      body: chunked,
      duplex: 'half',
    } as RequestInit)
    expect((await fetch(request)).status).toBe(413)
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
  })

  it('refuses a small file that promises very many pixels with 413, without decoding it', async () => {
    const { url, readiness } = await serve({ pixels: 1_000_000 })
    readiness.ready()
    const bomb = await sharp({ create: { width: 4_000, height: 4_000, channels: 3, background: '#fff' } })
      .png()
      .toBuffer()
    const response = await post(url, form('image', bomb, 'bomb.png'))
    expect(response.status).toBe(413)
    expect((await response.json()).error.message).toContain('bomb.png: 4000 x 4000 px')
  })

  it('is not ready before its self-check, and answers nothing until then', async () => {
    const { url, readiness } = await serve()
    expect((await fetch(`${url}/readyz`)).status).toBe(503)
    expect((await fetch(`${url}/healthz`)).status).toBe(503)
    expect((await fetch(`${url}/livez`)).status).toBe(200)
    expect((await post(url, form('image', picture))).status).toBe(503)
    readiness.ready()
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
  })

  it('sends callers away with 429 and Retry-After when the queue is full, and serves those that wait', async () => {
    let open = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const { url, readiness } = await serve({ concurrency: 1, queue: 2 }, async (values) => {
      await gate
      return classifier.infer(values)
    })
    readiness.ready()
    const first = [1, 2, 3].map(() => post(url, form('image', picture)))
    await sleep(300)
    const refused = await post(url, form('image', picture))
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('1')
    open()
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200, 200])
  })

  it('answers 504 after the time limit', async () => {
    const { url, readiness } = await serve({ predictionMs: 100 }, async (values) => {
      await sleep(400)
      return classifier.infer(values)
    })
    readiness.ready()
    expect((await post(url, form('image', picture))).status).toBe(504)
  })

  it('says that it is not healthy when its model keeps failing, and healthy when it answers again', async () => {
    let broken = true
    const { url, readiness } = await serve({}, async (values) => {
      if (broken) throw new GlyphlabError('DAMAGED', 'the weights are damaged')
      return classifier.infer(values)
    })
    readiness.ready()
    for (let i = 0; i < 3; i += 1) expect((await post(url, form('image', picture))).status).toBe(500)
    expect((await fetch(`${url}/healthz`)).status).toBe(503)
    broken = false
    await fetch(`${url}/healthz`)
    await expect.poll(async () => (await fetch(`${url}/healthz`)).status).toBe(200)
  })

  it('never shows an unexpected error to a client, and logs it under the request id', async () => {
    const { url, readiness, lines } = await serve({}, async () => {
      throw new Error('secret detail')
    })
    readiness.ready()
    const response = await post(url, form('image', picture), { 'x-request-id': 'call-7' })
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('secret')
    const logged = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(
      logged.some(({ request_id, stack }) => request_id === 'call-7' && String(stack).includes('secret')),
    ).toBe(true)
  })

  it('cuts off a client that never ends its headers', async () => {
    const { port } = await serve({ headersMs: 300 })
    const socket = createConnection(port, '127.0.0.1')
    socket.write('POST /v1/predict HTTP/1.1\r\nHost: x\r\nX-Slow: ')
    const closed = await new Promise((resolve) => {
      socket.on('close', () => resolve('closed')).on('error', () => {})
      socket.resume()
    })
    expect(closed).toBe('closed')
  })

  it('counts predictions by model, version and outcome in the Prometheus format', async () => {
    const { url, readiness } = await serve()
    readiness.ready()
    await post(url, form('image', picture))
    await post(url, 'no picture')
    const response = await fetch(`${url}/metrics`)
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4')
    const text = await response.text()
    expect(text).toContain('glyphlab_predictions_total{model="hand signs",version="3",outcome="success"} 1\n')
    expect(text).toContain('glyphlab_predictions_total{model="hand signs",version="3",outcome="refused"} 1\n')
    expect(text).toMatch(/glyphlab_prediction_duration_seconds_bucket\{[^}]*le="\+Inf"\} 2\n/)
    for (const name of [
      'ocr_predictions_total',
      'ocr_prediction_duration_seconds',
      'process_resident_memory_bytes',
    ]) {
      expect(text).toContain(`# TYPE ${name} `)
    }
    for (const line of text.trimEnd().split('\n')) {
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{([a-z_]+="([^"\\]|\\.)*",?)+\})? [\d.e+-]+)$/)
    }
  })

  it('shows a page that needs nothing from elsewhere', async () => {
    const { url } = await serve()
    const response = await fetch(`${url}/`)
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'sha256-/,
    )
    const html = await response.text()
    expect(html).toContain('Classify with hand signs')
    expect(html).not.toMatch(/https?:\/\//)
  })

  it('lets running requests end when it drains, and says that it is not ready', async () => {
    const { url, readiness, server } = await serve({}, async (values) => {
      await sleep(500)
      return classifier.infer(values)
    })
    readiness.ready()
    const answer = post(url, form('image', picture))
    await sleep(150)
    readiness.drain()
    expect((await fetch(`${url}/readyz`)).status).toBe(503)
    await server.drain(5_000)
    expect((await answer).status).toBe(200)
    await expect(fetch(`${url}/readyz`)).rejects.toThrow()
  })

  it('goes on answering for its lame-duck time, and cuts nobody off who was not told that the connection ends', async () => {
    const { url, port, readiness, server } = await serve({ keepAliveMs: 1_000 })
    readiness.ready()
    const told = createConnection(port, '127.0.0.1')
    const heard = said(told)
    told.write(getReady)
    await expect.poll(heard).toContain('200 OK')
    expect(heard()).not.toMatch(/^connection: close/im)

    readiness.drain()
    const drained = server.drain(5_000, 500)
    const answer = await post(url, form('image', picture))
    expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close'])
    await expect.poll(() => fetch(`${url}/readyz`).catch(() => null), { timeout: 3_000 }).toBeNull()
    expect(told.closed).toBe(false)
    told.write(getReady)
    await expect.poll(heard).toMatch(/503 Service Unavailable[\s\S]*^connection: close/im)
    await drained
    await expect.poll(() => told.closed).toBe(true)
  })
})

const getReady = 'GET /readyz HTTP/1.1\r\nHost: here\r\n\r\n'

/** All that came on a connection until now. */
function said(socket: Socket): () => string {
  let text = ''
  socket.on('data', (data) => {
    text += data
  })
  return () => text
}
