import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { probeBackends } from './probe.ts'

const packagesDirectory = join(tmpdir(), 'glyphlab no backends')

describe('probing the backends', () => {
  it('finds wasm, and says of each other one what it is or what to install', async () => {
    const workerFile = fileURLToPath(new URL('./probe-worker.ts', import.meta.url))
    const statuses = await probeBackends({ workerFile, packagesDirectory })
    expect(statuses.map(({ id }) => id)).toEqual(['tensorflow-gpu', 'webgpu', 'tensorflow', 'wasm'])
    expect(statuses[3]).toMatchObject({
      available: true,
      detail: expect.stringContaining('tfjs-backend-wasm'),
    })
    for (const { available, detail } of statuses) {
      if (!available) expect(detail).toMatch(/^not available: .*(npm|needs)/)
    }
  })

  it('reports a crash of the probing process as a backend that is not available', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'glyphlab-probe-'))
    const workerFile = join(folder, 'crash.mjs')
    await writeFile(workerFile, "process.on('message', () => process.abort())")
    try {
      for (const status of await probeBackends({ workerFile, packagesDirectory })) {
        expect(status).toMatchObject({ available: false, detail: expect.stringContaining('SIGABRT') })
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
