import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadClassifier } from './classifier.ts'
import { listen, type RunningServer } from './listen.ts'
import { Readiness } from './readiness.ts'
import { servedClassifier } from './served-classifier.ts'
import { createServer } from './server.ts'
import { defaultLimits } from './settings.ts'
import { makeSmallModel, shippedPicture } from './testing/small-model.ts'
import { Traffic } from './traffic.ts'

let picture: Uint8Array<ArrayBuffer>
let server: RunningServer
let url: string
const sockets: Socket[] = []

beforeAll(async () => {
  const classifier = await loadClassifier((await makeSmallModel()).directory)
  const model = servedClassifier(classifier, { name: 'signs', version: 3, digest: classifier.digest })
  picture = new Uint8Array(await shippedPicture('classify/hand-sign-2.JPG'))
  const readiness = new Readiness(async () => {})
  readiness.ready()
  const limits = {
    ...defaultLimits,
    bodyBytes: 1_000_000,
    headersMs: 2_000,
    requestMs: 3_000,
    connections: 1_500,
  }
  const app = createServer({ traffic: await Traffic.open([model]), readiness, limits, log: () => {} })
  server = await listen(app, { host: '127.0.0.1', port: 0, limits })
  url = `http://127.0.0.1:${server.port}`
})
afterAll(async () => {
  for (const socket of sockets) socket.destroy()
  await server.drain(0)
})

const post = (body: BodyInit, headers: Record<string, string> = {}) =>
  fetch(`${url}/v1/predict`, { method: 'POST', body, headers })

it('answers honest clients while 1,000 others never finish their headers or bodies, and cuts those off', async () => {
  const closed: Promise<unknown>[] = []
  for (let i = 0; i < 1_000; i += 1) {
    const socket = createConnection(server.port, '127.0.0.1')
    socket.on('error', () => {})
    sockets.push(socket)
    await once(socket, 'connect')
    const rest = i % 2 === 0 ? 'X-Slow: ' : 'Content-Length: 900000\r\n\r\nbytes'
    socket.write(`POST /v1/predict HTTP/1.1\r\nHost: x\r\n${rest}`)
    closed.push(new Promise((resolve) => socket.once('close', resolve)))
    socket.resume()
  }
  for (let i = 0; i < 5; i += 1) {
    expect((await post(picture)).status).toBe(200)
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
  }
  await Promise.all(closed)
  expect((await post(picture)).status).toBe(200)
}, 30_000)

it('refuses bombs of every kind and stays ready', async () => {
  const wide = await sharp({ create: { width: 15_000, height: 15_000, channels: 3, background: '#fff' } })
    .png()
    .toBuffer()
  expect((await post(new Uint8Array(wide))).status).toBe(413)
  expect((await post(new Uint8Array(2_000_000))).status).toBe(413)
  const zeros = new Uint8Array(gzipSync(Buffer.alloc(50_000_000)))
  expect((await post(zeros, { 'content-encoding': 'gzip' })).status).toBe(415)
  const nested = `{"image":${'['.repeat(400_000)}`
  expect((await post(nested, { 'content-type': 'application/json' })).status).toBe(400)
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
  expect((await post(picture)).status).toBe(200)
}, 30_000)
