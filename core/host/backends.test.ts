import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pino from 'pino'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type Engine, openEngine } from './engine.ts'

let work: string
let engine: Engine
beforeAll(async () => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-backends-'))
  engine = await openEngine(path.join(work, 'home'), pino({ level: 'silent' }))
})
afterAll(async () => {
  await engine.close()
  rmSync(work, { recursive: true, force: true })
})

it('tells of each optional backend what would be fetched, and of the built-in one nothing', async () => {
  const found = await engine.call('training.backends', {})
  expect(Object.fromEntries(found.map(({ id, install }) => [id, install?.packages ?? null]))).toEqual({
    'tensorflow-gpu': ['@tensorflow/tfjs-node-gpu 4.22.0'],
    webgpu: ['webgpu 0.6.2 (Dawn)', '@tensorflow/tfjs-backend-webgpu 4.22.0'],
    tensorflow: ['@tensorflow/tfjs-node 4.22.0'],
    wasm: null,
  })
  expect(found.every(({ install }) => !install?.installed)).toBe(true)
  await expect(engine.call('training.installBackend', { backend: 'wasm' })).rejects.toThrow('is built in')
})

it('an installation that fails says why and what to do by hand, and leaves nothing', async () => {
  vi.stubEnv('PATH', work)
  try {
    const { jobId } = await engine.call('training.installBackend', { backend: 'webgpu' })
    await expect.poll(async () => (await engine.call('jobs.get', { jobId })).status).toBe('failed')
    const home = path.join(work, 'home', 'backends', 'webgpu')
    expect((await engine.call('jobs.get', { jobId })).error?.message).toMatch(
      new RegExp(`npm was not found on this machine.*By hand: .* into ${home} `),
    )
  } finally {
    vi.unstubAllEnvs()
  }
})
