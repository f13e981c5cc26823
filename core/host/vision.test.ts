import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TextAnnotation, VisionText } from '../ocr/output/vision.ts'
import { type Engine, openEngine } from './engine.ts'
import { listen } from './listen.ts'
import { createVisionApp, visionEngine } from './vision.ts'

/** Google's own client, beside the project's dependencies: nothing of the project needs it. */
const clientFolder = path.resolve('node_modules/.cache/glyphlab/google-vision')
const clientName = '@google-cloud/vision'
const clientPackage = `${clientName}@5.3.7`
const data = path.resolve('data/ocr')

let home: string
let engine: Engine
let server: Awaited<ReturnType<typeof listen>>
let noClient: string | null = null

async function installClient(): Promise<void> {
  if (existsSync(path.join(clientFolder, 'node_modules', clientName, 'package.json'))) return
  await mkdir(clientFolder, { recursive: true })
  await writeFile(path.join(clientFolder, 'package.json'), '{"private":true}')
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-save', clientPackage]
  await promisify(execFile)('npm', args, { cwd: clientFolder, timeout: 90_000 })
}

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'glyphlab vision '))
  engine = await openEngine(home, pino({ level: 'silent' }))
  const app = createVisionApp(engine.services, await visionEngine(engine.services, 'tesseract'))
  server = await listen(app, { port: 0 })
  await installClient().catch((cause: Error) => {
    noClient = cause.message.split('\n')[0] ?? ''
  })
}, 120_000)
afterAll(async () => {
  await server.close()
  await engine.close()
  await rm(home, { recursive: true, force: true })
})

const picture = async (name: string) => (await readFile(path.join(data, name))).toString('base64')

async function annotate(requests: object[], headers: Record<string, string> = {}) {
  const response = await fetch(`http://127.0.0.1:${server.port}/v1/images:annotate?key=any`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ requests }),
  })
  return { status: response.status, body: await response.json() }
}

const textOf = ({ pages }: TextAnnotation) =>
  pages
    .flatMap(({ blocks }) => blocks)
    .flatMap(({ paragraphs }) => paragraphs)
    .flatMap(({ words }) => words)
    .map(({ symbols }) => {
      const type = symbols.at(-1)?.property?.detectedBreak?.type
      return symbols.map(({ text }) => text).join('') + (type === 'SPACE' ? ' ' : '\n')
    })
    .join('')

describe('the address of Google Cloud Vision', () => {
  it('reads a page in the shape of Google’s answer', async () => {
    const { status, body } = await annotate([
      { image: { content: await picture('phototest.tif') }, features: [{ type: 'TEXT_DETECTION' }] },
    ])
    expect(status).toBe(200)
    const [{ textAnnotations, fullTextAnnotation }] = (body as { responses: [VisionText] }).responses
    const expected = (await readFile(path.join(data, 'phototest.txt'), 'utf8')).replace(/\n\n/g, '\n')
    expect(fullTextAnnotation.text).toBe(expected.trimEnd())
    expect(textOf(fullTextAnnotation)).toBe(expected)
    expect(textAnnotations[0]).toMatchObject({ locale: 'en', description: expected.trimEnd() })
    expect(textAnnotations).toHaveLength(61)
    expect(textAnnotations[1]).toEqual({
      description: 'This',
      boundingPoly: {
        vertices: [
          { x: 36, y: 92 },
          { x: 96, y: 92 },
          { x: 96, y: 116 },
          { x: 36, y: 116 },
        ],
      },
    })
    const [page] = fullTextAnnotation.pages
    expect(page).toMatchObject({ width: 640, height: 480 })
    expect(page?.blocks).toHaveLength(2)
    const word = page?.blocks[0]?.paragraphs[0]?.words[0]
    expect(word).toMatchObject({
      property: { detectedLanguages: [{ languageCode: 'en' }] },
      symbols: [{ text: 'T' }, { text: 'h' }, { text: 'i' }, { text: 's' }],
    })
    for (const symbol of word?.symbols ?? []) {
      expect(symbol.confidence).toBeGreaterThan(0.5)
      expect(symbol.confidence).toBeLessThanOrEqual(1)
      expect(symbol.boundingBox.vertices[0]?.x).toBeGreaterThanOrEqual(36)
    }
  }, 60_000)

  it('answers each picture for itself: a bad one, an address, another feature, an empty page', async () => {
    const features = [{ type: 'DOCUMENT_TEXT_DETECTION' }]
    const { body } = await annotate([
      { image: { content: Buffer.from('no picture').toString('base64') }, features },
      { image: { source: { imageUri: 'https://example.com/a.png' } }, features },
      { image: { content: await picture('simple.png') }, features: [{ type: 'LABEL_DETECTION' }] },
      { image: { content: await picture('simple.png') }, features },
    ])
    expect(body).toMatchObject({
      responses: [
        { error: { code: 3 } },
        { error: { code: 3, message: expect.stringContaining('https://example.com/a.png') } },
        { error: { code: 12, message: expect.stringContaining('LABEL_DETECTION') } },
        { fullTextAnnotation: { text: 'Tesseract.js' } },
      ],
    })
    expect((await annotate([{ image: 5 }])).status).toBe(400)
    expect((await annotate(Array.from({ length: 17 }, () => ({ image: {} })))).status).toBe(400)
  }, 60_000)

  it('is for programs on this machine, not for pages in a browser', async () => {
    const request = [{ image: { content: '' }, features: [{ type: 'TEXT_DETECTION' }] }]
    expect((await annotate(request, { origin: 'https://example.com' })).status).toBe(403)
  })

  it('serves Google’s own Node client in its REST mode', async ({ skip }) => {
    if (noClient !== null) skip(`${clientPackage} could not be installed: ${noClient}`)
    const require = createRequire(path.join(clientFolder, 'package.json'))
    const { ImageAnnotatorClient } = require(clientName) as {
      ImageAnnotatorClient: new (
        options: object,
      ) => {
        documentTextDetection(request: object): Promise<[VisionText & { error: { message: string } | null }]>
        close(): Promise<void>
      }
    }
    const client = new ImageAnnotatorClient({
      fallback: true,
      apiEndpoint: '127.0.0.1',
      port: server.port,
      protocol: 'http',
      apiKey: 'any',
    })
    const content = await readFile(path.join(data, 'phototest.tif'))
    const [result] = await client.documentTextDetection({ image: { content } })
    await client.close()
    expect(result.error).toBeNull()
    expect(result.fullTextAnnotation.text).toMatch(/^This is a lot of 12 point text to test the\nocr code/)
    expect(textOf(result.fullTextAnnotation).trimEnd()).toBe(result.fullTextAnnotation.text)
    expect(result.fullTextAnnotation.pages[0]?.blocks[0]?.blockType).toBe('TEXT')
    expect(result.textAnnotations[0]?.description).toBe(result.fullTextAnnotation.text)
  }, 60_000)
})
