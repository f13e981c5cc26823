import fs, {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  utimesSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pino from 'pino'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readBlob } from '../blobs/blob-files.ts'
import { type FindingKind, type ImportStorage, thumbnailSizes } from '../contract/index.ts'
import { type Engine, openEngine } from './engine.ts'

const digits = path.resolve(import.meta.dirname, '../../data/datasets/sign-language-digits')

let work: string
let engine: Engine
let source: string

beforeEach(async () => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-reference-'))
  engine = await openEngine(path.join(work, 'home'), pino({ level: 'silent' }))
  source = path.join(work, 'photos')
  for (const digit of ['1', '2'])
    cpSync(path.join(digits, digit), path.join(source, digit), { recursive: true })
})
afterEach(async () => {
  await engine.close()
  rmSync(work, { recursive: true, force: true, maxRetries: 5 })
})

async function imported(name: string, storage: ImportStorage, folder = source) {
  const { jobId } = await engine.call('datasets.import', {
    source: { kind: 'path', path: folder },
    name,
    storage,
  })
  expect(await engine.services.queue.settled(jobId)).toMatchObject({ status: 'succeeded' })
  return engine.call('datasets.version', { name })
}

async function firstOf(versionId: string) {
  const { items } = await engine.call('datasets.samples', { versionId, limit: 1 })
  if (!items[0]) throw new Error('the version has no sample')
  return items[0]
}

function read(hash: string): Promise<Buffer> {
  const place = engine.services.blobs.locate(hash)
  if (!place) throw new Error(`${hash} is not known`)
  return readBlob(place, hash)
}

async function finding(versionId: string, kind: FindingKind) {
  const { jobId } = await engine.call('datasets.checkQuality', { versionId })
  expect(await engine.services.queue.settled(jobId)).toMatchObject({ status: 'succeeded' })
  const { findings } = await engine.call('datasets.quality', { versionId })
  if (!findings.some((one) => one.kind === kind)) return undefined
  return engine.call('datasets.findingMembers', { versionId, finding: kind })
}

const storedFiles = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
const ownBlobs = () => storedFiles(path.join(work, 'home/blobs'))

describe('pictures imported by reference', () => {
  it('stay where they are: the digest is that of a copy, and nothing ever touches them', async () => {
    const before = storedFiles(source)
    const version = await imported('There', 'reference')
    expect(version.report.warnings).toEqual([])
    expect(ownBlobs()).toEqual([])
    const sample = await firstOf(version.id)
    expect(await read(sample.hash)).toEqual(fs.readFileSync(path.join(source, sample.path)))
    const { datasetId } = version
    await engine.call('datasets.delete', { datasetId })
    expect(await engine.call('datasets.purgeable', { datasetId })).toEqual({ bytes: 0 })
    expect(await engine.call('datasets.purge', { datasetId })).toEqual({ freedBytes: 0 })
    expect(storedFiles(source)).toEqual(before)
    expect((await imported('Here', 'copy')).digest).toBe(version.digest)
  })

  it('are named with what to do when they are gone, and read again once they are back', async () => {
    const version = await imported('There', 'reference')
    const { hash } = await firstOf(version.id)
    const [size] = thumbnailSizes
    await engine.thumbnails.get(hash, size)
    expect(await finding(version.id, 'damaged')).toBeUndefined()
    renameSync(source, `${source}-away`)
    await expect(read(hash)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringMatching(/photos.*imported by reference.*Put it back/),
    })
    expect((await engine.thumbnails.get(hash, size)).content.length).toBeGreaterThan(0)
    expect(await finding(version.id, 'damaged')).toMatchObject({ total: version.sampleCount })
    renameSync(`${source}-away`, source)
    expect((await read(hash)).length).toBeGreaterThan(0)
    expect(await finding(version.id, 'damaged')).toBeUndefined()
  })

  it('are named when they were changed, even at the same size and time', async () => {
    const version = await imported('There', 'reference')
    const { hash, path: name } = await firstOf(version.id)
    const file = path.join(source, name)
    const { mtime } = fs.statSync(file)
    const content = fs.readFileSync(file)
    content[content.length >> 1] = (content[content.length >> 1] ?? 0) ^ 1
    fs.writeFileSync(file, content)
    expect(await finding(version.id, 'damaged')).toMatchObject({ total: 1 })
    utimesSync(file, mtime, mtime)
    await expect(read(hash)).rejects.toMatchObject({
      code: 'DAMAGED',
      message: expect.stringMatching(/has been changed since/),
    })
  })

  it('become copies when they are imported as such, and follow their files to a new place', async () => {
    const version = await imported('There', 'reference')
    const moved = path.join(work, 'moved')
    renameSync(source, moved)
    expect((await imported('There', 'reference', moved)).digest).toBe(version.digest)
    const { hash } = await firstOf(version.id)
    expect((await read(hash)).length).toBeGreaterThan(0)
    await imported('Copied', 'copy', moved)
    rmSync(moved, { recursive: true })
    expect((await read(hash)).length).toBeGreaterThan(0)
    await imported('Again', 'reference', path.join(digits, '1'))
    expect((await read(hash)).length).toBeGreaterThan(0)
  })

  it('are copied where they have no file of their own, and the report says how many', async () => {
    const folder = path.join(work, 'letters')
    mkdirSync(folder)
    const pages = ['#200', '#777', '#eee'].map((background) =>
      sharp({ create: { width: 20, height: 10, channels: 3, background } })
        .png()
        .toBuffer(),
    )
    await sharp(await Promise.all(pages), { join: { animated: true } }).toFile(
      path.join(folder, 'letter.tif'),
    )
    const version = await imported('Letters', 'reference', folder)
    expect(version.sampleCount).toBe(3)
    expect(version.report.warnings[0]).toMatch(/^2 pictures were copied: .*no file of its own/)
    expect(existsSync(path.join(folder, 'letter.tif'))).toBe(true)
    await expect(
      engine.call('datasets.import', {
        source: { kind: 'sample', sampleId: 'sign-language-digits' },
        name: 'Shipped',
        storage: 'reference',
      }),
    ).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })
})
