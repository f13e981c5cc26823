import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pino from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readBlob } from '../blobs/blob-files.ts'
import { createRandom } from '../domain/random.ts'
import { encodeGreyPng } from '../imaging/png.ts'
import { openEngine } from './engine.ts'

const cli = path.join(import.meta.dirname, 'cli.ts')
const moments = 20
const pictures = 1_500
let folder: string
let digest: string
let wholeMs: number

function importing(home: string): ChildProcess {
  return spawn(
    process.execPath,
    [cli, 'datasets', 'import', path.join(folder, 'pictures'), '--name', 'killed', '--home', home, '--json'],
    {
      stdio: 'ignore',
      detached: true,
    },
  )
}

const ended = (child: ChildProcess) => new Promise<void>((resolve) => child.once('exit', () => resolve()))

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'glyphlab-kill-'))
  for (let label = 0; label < 3; label++)
    await mkdir(path.join(folder, 'pictures', String(label)), { recursive: true })
  const random = createRandom(1, 'pictures')
  for (let index = 0; index < pictures; index++) {
    const pixels = Buffer.from(Array.from({ length: 400 }, () => random.integer(256)))
    await writeFile(
      path.join(folder, 'pictures', String(index % 3), `${index}.png`),
      encodeGreyPng(pixels, 20, 20),
    )
  }
  const home = path.join(folder, 'whole')
  const from = performance.now()
  await ended(importing(home))
  wholeMs = performance.now() - from
  const engine = await openEngine(home, pino({ level: 'silent' }))
  digest = engine.services.datasets.namedVersion('killed').digest
  await engine.close()
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const random = createRandom(20, 'moments')
const delays = Array.from({ length: moments }, () => random.next())

it.each(delays.map((share, index) => [index + 1, share]))(
  'an import killed at random moment %i is absent or whole after the restart, and starting it again completes it',
  async (index, share) => {
    const home = path.join(folder, `killed-${index}`)
    const child = importing(home)
    const gone = ended(child)
    await new Promise((resolve) => setTimeout(resolve, share * wholeMs * 1.05))
    // The whole process group: the engine and its import worker together, as a power cut ends them.
    if (child.exitCode === null && child.pid) process.kill(-child.pid, 'SIGKILL')
    await gone

    const engine = await openEngine(home, pino({ level: 'silent' }))
    try {
      const { datasets, jobs, queue, blobs } = engine.services
      const job = jobs.list(10).find(({ kind }) => kind === 'dataset-import')
      if (job?.status === 'queued' || job?.status === 'running') {
        // What had not begun begins by itself.
        await queue.settled(job.id)
        expect(datasets.namedVersion('killed').digest).toBe(digest)
      } else if (datasets.list().length > 0) {
        expect(datasets.namedVersion('killed').digest).toBe(digest)
      } else {
        await blobs.collectGarbage()
        expect(blobs.totalBytes()).toBe(0)
        const left = readdirSync(path.join(home, 'blobs'), { recursive: true, withFileTypes: true })
        expect(left.filter((entry) => entry.isFile()).map(({ name }) => name)).toEqual([])
      }
      if (job && job.status === 'interrupted') {
        await queue.settled(queue.retry(job.id).id)
        expect(datasets.namedVersion('killed').digest).toBe(digest)
      }
      if (datasets.list().length > 0) {
        const version = datasets.namedVersion('killed')
        expect(version.sampleCount).toBe(pictures)
        for (const { hash } of datasets.samples(version.id, {}, 0, pictures).items) {
          const location = blobs.locate(hash)
          expect(location && (await readBlob(location, hash)).length).toBeGreaterThan(0)
        }
      }
    } finally {
      await engine.close()
    }
  },
)
