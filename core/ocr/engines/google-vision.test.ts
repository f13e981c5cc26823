import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createGoogleVisionEngine } from './google-vision.ts'

const key = 'AIza-secret-key'
const photo = path.resolve('data/ocr/simple.png')

interface Asked {
  url: string
  headers: http.IncomingHttpHeaders
  body: string
}

let folder: string
let keyFile: string
let servers: http.Server[] = []

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'glyphlab-google-vision-'))
  keyFile = path.join(folder, 'google-vision.key')
  await writeFile(keyFile, `${key}\n`)
})
afterAll(() => rm(folder, { recursive: true, force: true }))
afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  servers = []
})

/** A server that gives these answers in turn, the last one from then on; null: none ever comes. */
async function serve(
  ...answers: ({ status?: number; headers?: http.OutgoingHttpHeaders; body: unknown } | null)[]
) {
  const asked: Asked[] = []
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const answer = answers[Math.min(asked.length, answers.length - 1)]
    asked.push({ url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() })
    if (!answer) return
    const { status = 200, headers = {}, body } = answer
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { asked, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const refusal = (code: number, message: string) => ({ status: code, body: { error: { code, message } } })
const nothing = { body: { responses: [{}] } }

async function read(address: string, options: { answerTimeoutMs?: number; keyFile?: string } = {}) {
  const engine = createGoogleVisionEngine({ address, keyFile, ...options })
  try {
    return await engine.read(await readFile(photo), 'simple.png')
  } finally {
    await engine.close()
  }
}

const box = (x0: number, y0: number, x1: number, y1: number) => ({
  vertices: [
    // A coordinate of 0 is left out.
    { ...(x0 === 0 ? {} : { x: x0 }), ...(y0 === 0 ? {} : { y: y0 }) },
    { x: x1, ...(y0 === 0 ? {} : { y: y0 }) },
    { x: x1, y: y1 },
    { ...(x0 === 0 ? {} : { x: x0 }), y: y1 },
  ],
})
const word = (text: string, place: object, type?: string) => ({
  confidence: 0.5,
  boundingBox: place,
  symbols: [...text].map((letter, at) => ({
    text: letter,
    ...(type && at === text.length - 1 ? { property: { detectedBreak: { type } } } : {}),
  })),
})

describe('reading with Google Cloud Vision', () => {
  it('sends one request: the picture as displayed, no name, the key in a header', async () => {
    const { asked, address } = await serve(nothing)
    const reading = await read(address)
    expect(reading).toMatchObject({ engine: 'google-vision', words: [], recipe: { steps: [], tried: [] } })
    expect(reading.warnings[0]).toMatch(/No text was found/)
    expect(asked).toHaveLength(1)
    const [{ url, headers, body } = { url: '', headers: {}, body: '' }] = asked
    expect(url).toBe('/v1/images:annotate')
    expect(headers['x-goog-api-key']).toBe(key)
    expect(body).not.toContain('simple')
    const { requests } = JSON.parse(body) as {
      requests: { image: { content: string }; features: object[] }[]
    }
    expect(requests[0]?.features).toEqual([{ type: 'DOCUMENT_TEXT_DETECTION' }])
    const sent = await sharp(Buffer.from(requests[0]?.image.content ?? '', 'base64')).metadata()
    expect(sent).toMatchObject({ format: 'png', width: reading.width, height: reading.height, channels: 1 })
  })

  it('joins what stands without a space, ends lines and blocks as told, and scales to the picture', async () => {
    const { width, height } = await sharp(photo).metadata()
    const pages = [
      {
        width: width / 2,
        height: height / 2,
        blocks: [
          {
            paragraphs: [
              {
                words: [
                  word('Hello', box(0, 0, 10, 5)),
                  word(',', box(10, 0, 12, 5), 'SPACE'),
                  word('bro', box(14, 0, 20, 5), 'HYPHEN'),
                  word('ken', box(0, 6, 6, 10), 'LINE_BREAK'),
                ],
              },
              { words: [word('Next', box(0, 12, 8, 16))] },
            ],
          },
          { paragraphs: [{ words: [] }] },
          { paragraphs: [{ words: [word('End', box(0, 20, 8, 24), 'LINE_BREAK')] }] },
        ],
      },
    ]
    const { address } = await serve({ body: { responses: [{ fullTextAnnotation: { pages } }] } })
    const { words } = await read(address)
    expect(words.map(({ text, line, block }) => [text, line, block])).toEqual([
      ['Hello,', 0, 0],
      ['bro-', 0, 0],
      ['ken', 1, 0],
      ['Next', 2, 0],
      ['End', 3, 1],
    ])
    expect(words[0]).toMatchObject({ box: { x0: 0, y0: 0, x1: 24, y1: 10 }, confidence: 0.5 })
  })

  it('says which key was refused, and never the key itself', async () => {
    for (const [code, message] of [
      [401, 'Request had invalid authentication credentials.'],
      [403, `Permission denied: Consumer 'api_key:${key}' has been suspended.`],
      [400, 'API key not valid. Please pass a valid API key.'],
    ] as const) {
      const { address } = await serve(refusal(code, message))
      const error = await read(address).catch((cause: Error) => cause)
      expect(error).toMatchObject({
        code: 'FORBIDDEN',
        message: expect.stringMatching(new RegExp(`^simple\\.png: 127\\..* refused the key \\(${code}: `)),
      })
      expect(JSON.stringify(error) + String(error)).not.toContain(key)
    }
  })

  it('waits as long as it is told and asks once more, and only once', async () => {
    const busy = { ...refusal(429, 'Quota exceeded'), headers: { 'retry-after': '1' } }
    const good = await serve(busy, nothing)
    const startedAt = performance.now()
    await read(good.address)
    expect(performance.now() - startedAt).toBeGreaterThan(950)
    expect(good.asked).toHaveLength(2)
    const bad = await serve({ ...busy, headers: { 'retry-after': '0' } })
    await expect(read(bad.address)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('takes no more pages for now (429: Quota exceeded)'),
    })
    expect(bad.asked).toHaveLength(2)
    const long = await serve({ ...busy, headers: { 'retry-after': '86400' } })
    await expect(read(long.address)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(long.asked).toHaveLength(1)
  })

  it('gives up on a server that does not answer', async () => {
    const { address } = await serve(null)
    await expect(read(address, { answerTimeoutMs: 200 })).rejects.toMatchObject({
      code: 'TIMED_OUT',
      message: expect.stringMatching(/^simple\.png: .* gave no answer within 0\.2 s/),
    })
  })

  it('says that nothing can be reached, and what needs no connection', async () => {
    const { address } = await serve(nothing)
    await new Promise((resolve) => servers.pop()?.close(resolve))
    await expect(read(address)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/can't be reached \(ECONNREFUSED\).*Tesseract/),
    })
    await expect(read('https://no-such-host.invalid')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/no-such-host\.invalid can't be reached \(E/),
    })
  })

  it('does not carry the picture on to another address', async () => {
    const other = await serve(nothing)
    const { address } = await serve({ status: 307, headers: { location: other.address }, body: '' })
    await expect(read(address)).rejects.toThrow(/wants the page at another address \(307\)/)
    expect(other.asked).toHaveLength(0)
  })

  it('names what else may come: an error in the answer, a foreign answer, a failing server', async () => {
    const inside = await serve({ body: { responses: [{ error: { code: 3, message: 'Bad image data.' } }] } })
    await expect(read(inside.address)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('could not read it (code 3: Bad image data.)'),
    })
    const foreign = await serve({ body: '<html>login</html>' })
    await expect(read(foreign.address)).rejects.toThrow(/not as Google Cloud Vision does/)
    const failing = await serve(refusal(503, 'Backend error'))
    await expect(read(failing.address)).rejects.toThrow(/failed \(503: Backend error\)/)
  })

  it('sends nothing once the key is gone', async () => {
    const { asked, address } = await serve(nothing)
    await expect(read(address, { keyFile: path.join(folder, 'none') })).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringContaining('nothing was sent'),
    })
    expect(asked).toHaveLength(0)
  })
})
