import { once } from 'node:events'
import { createServer as createHttpServer, type Server, type ServerResponse } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { loadClassifier } from './classifier.ts'
import type { FetchSettings } from './fetch-picture.ts'
import { listen, type RunningServer } from './listen.ts'
import { mayAsk } from './public-address.ts'
import { Readiness } from './readiness.ts'
import { servedClassifier } from './served-classifier.ts'
import type { ServedClassifier } from './served-model.ts'
import { createServer } from './server.ts'
import { defaultLimits, defaultUrls } from './settings.ts'
import { makeSmallModel, shippedPicture } from './testing/small-model.ts'
import { Traffic } from './traffic.ts'

let picture: Buffer
let model: ServedClassifier
/** A host of pictures on this machine, and the paths that it was asked for. */
let host: Server
let port: number
let asked: string[] = []
const running: RunningServer[] = []

const sites: Record<string, (response: ServerResponse) => void> = {
  '/sign.jpg': (response) => response.writeHead(200, { 'content-type': 'image/jpeg' }).end(picture),
  '/blob': (response) => response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(picture),
  '/moved': (response) => response.writeHead(302, { location: '/sign.jpg' }).end(),
  '/elsewhere': (response) => response.writeHead(302, { location: `http://localhost:1/x` }).end(),
  '/metadata': (response) =>
    response.writeHead(307, { location: 'http://169.254.169.254/latest/meta-data/' }).end(),
  '/file': (response) => response.writeHead(301, { location: 'file:///etc/passwd' }).end(),
  '/round': (response) => response.writeHead(302, { location: '/round' }).end(),
  '/page': (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
  '/announced': (response) =>
    response.writeHead(200, { 'content-type': 'image/png', 'content-length': 900_000_000 }).write('x'),
  '/endless': (response) => {
    response.writeHead(200, { 'content-type': 'image/png' })
    const more = () => {
      if (!response.destroyed) response.write(Buffer.alloc(100_000), more)
    }
    more()
  },
  '/slow': (response) => {
    response.writeHead(200, { 'content-type': 'image/png' })
    const timer = setInterval(() => response.write('x'), 50)
    response.once('close', () => clearInterval(timer))
  },
}

beforeAll(async () => {
  picture = await shippedPicture('classify/hand-sign-2.JPG')
  const classifier = await loadClassifier((await makeSmallModel()).directory)
  model = servedClassifier(classifier, { name: 'signs', version: 3, digest: classifier.digest })
  host = createHttpServer(({ url = '' }, response) => {
    asked.push(url)
    const site = sites[url]
    if (site) site(response)
    else response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await once(host, 'listening')
  const address = host.address()
  port = typeof address === 'object' && address ? address.port : 0
})
afterEach(async () => {
  asked = []
  for (const server of running.splice(0)) await server.drain(0)
})
afterAll(() => {
  host.closeAllConnections()
  host.close()
})

async function serve(urls: Partial<FetchSettings> = {}) {
  const readiness = new Readiness(async () => {})
  readiness.ready()
  const limits = { ...defaultLimits, bodyBytes: 5_000_000 }
  const all = { ...defaultUrls, hosts: [`127.0.0.1:${port}`], allowPrivate: true, ms: 1_000, ...urls }
  const app = createServer({
    traffic: await Traffic.open([model]),
    readiness,
    limits,
    log: () => {},
    urls: all,
  })
  const server = await listen(app, { host: '127.0.0.1', port: 0, limits })
  running.push(server)
  const post = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    return { status: response.status, body: await response.json() }
  }
  return { post, ask: (url: string) => post('/v1/predict', { url }) }
}

const at = (path: string) => `http://127.0.0.1:${port}${path}`

describe('a picture by its address', () => {
  it('is not fetched when no host was allowed', async () => {
    const { ask } = await serve({ hosts: [] })
    expect(await ask(at('/sign.jpg'))).toMatchObject({ status: 403, body: { error: { code: 'FORBIDDEN' } } })
    expect(asked).toEqual([])
  })

  it('is answered like its bytes, also after a redirect, and in Google Vision’s way', async () => {
    const { ask, post } = await serve({ hosts: [`127.0.0.1:${port}`, `localhost:${port}`] })
    const { body: sent } = await post('/v1/predict', { image: picture.toString('base64') })
    for (const url of [at('/sign.jpg'), at('/blob'), at('/moved'), `http://localhost:${port}/sign.jpg`]) {
      const { status, body } = await ask(url)
      expect([url, status, body.probabilities]).toEqual([url, 200, sent.probabilities])
    }
    const image = { source: { imageUri: at('/sign.jpg') } }
    const { body } = await post('/v1/images:annotate', {
      requests: [{ image, features: [{ type: 'LABEL_DETECTION', maxResults: 1 }] }],
    })
    expect(body.responses[0].labelAnnotations[0].description).toBe(sent.label)
  })

  it('is refused at a private address unless those are allowed, whatever the address is written as', async () => {
    const { ask } = await serve({
      hosts: ['127.0.0.1', 'localhost', '::1', '::ffff:7f00:1', `127.0.0.1:${port}`, `localhost:${port}`],
      allowPrivate: false,
    })
    for (const url of [
      at('/sign.jpg'),
      `http://localhost:${port}/sign.jpg`,
      `http://0x7f.1:${port}/sign.jpg`,
      `http://2130706433:${port}/sign.jpg`,
      'http://[::1]/sign.jpg',
      'http://[::ffff:127.0.0.1]/sign.jpg',
    ]) {
      const { status, body } = await ask(url)
      expect([url, status, body.error.code]).toEqual([url, 403, 'FORBIDDEN'])
    }
    expect(asked).toEqual([])
  })

  it('is refused from hosts, ports, protocols and with passwords that are not allowed', async () => {
    const { ask } = await serve({ hosts: [`127.0.0.1:${port}`, '*.example.com'] })
    const cases: [string, number][] = [
      [`http://localhost:${port}/sign.jpg`, 403],
      [`http://127.0.0.1/sign.jpg`, 403],
      ['http://example.com/x.png', 403],
      ['http://images.example.com:22/x.png', 403],
      ['http://badexample.com/x.png', 403],
      ['ftp://127.0.0.1/sign.jpg', 400],
      ['file:///etc/passwd', 400],
      [`http://me:secret@127.0.0.1:${port}/sign.jpg`, 400],
      ['not an address', 400],
    ]
    for (const [url, status] of cases) expect([url, (await ask(url)).status]).toEqual([url, status])
    expect(asked).toEqual([])
  })

  it('is refused where a redirect leads to what is not allowed', async () => {
    const { ask } = await serve()
    const cases: [string, number][] = [
      ['/elsewhere', 403],
      ['/metadata', 403],
      ['/file', 400],
      ['/round', 502],
    ]
    for (const [path, status] of cases) expect([path, (await ask(at(path))).status]).toEqual([path, status])
    expect(asked.filter((path) => path === '/round')).toHaveLength(defaultUrls.redirects + 1)
  })

  it('ends with words about the host when it is too large, too slow, no picture or not there', async () => {
    const { ask } = await serve()
    const cases: [string, number][] = [
      [at('/announced'), 413],
      [at('/endless'), 413],
      [at('/slow'), 504],
      [at('/page'), 415],
      [at('/nothing'), 502],
    ]
    for (const [url, status] of cases) {
      const answer = await ask(url)
      expect([url, answer.status]).toEqual([url, status])
      expect(answer.body.error.message).toContain('127.0.0.1')
    }
    const { ask: askClosed } = await serve({ hosts: ['127.0.0.1:1'] })
    expect((await askClosed('http://127.0.0.1:1/x.png')).status).toBe(502)
    expect((await ask(at('/sign.jpg'))).status).toBe(200)
  })
})

it('knows the addresses that are nobody’s server on the internet', () => {
  const never = [
    '169.254.169.254',
    '0.0.0.0',
    '100.100.100.200',
    '192.0.0.192',
    '224.0.0.1',
    '255.255.255.255',
  ]
  const neverSix = [
    '::',
    'fe80::1',
    'ff02::1',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    '2001:db8::1',
  ]
  for (const address of [...never, ...neverSix, 'fd00:ec2::254', 'localhost', '']) {
    expect([address, mayAsk(address, false), mayAsk(address, true)]).toEqual([address, false, false])
  }
  for (const address of ['10.1.2.3', '172.31.0.1', '192.168.1.1', '127.0.0.1', '::1', 'fd12::1']) {
    expect([address, mayAsk(address, false), mayAsk(address, true)]).toEqual([address, false, true])
  }
  for (const address of ['1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700:4700::1111'])
    expect([address, mayAsk(address, false)]).toEqual([address, true])
})
