import fs from 'node:fs'
import os from 'node:os'
import { engineVersion } from '../resources.ts'
import type { HandlersOf, Services } from '../services.ts'

const startedAt = Date.now()

export function engineProcedures({
  home,
  jobs,
  blobs,
  audit,
  sources,
  caches,
}: Services): HandlersOf<'engine' | 'samples'> {
  return {
    'engine.status': () => {
      const disk = fs.statfsSync(home)
      return {
        version: engineVersion,
        pid: process.pid,
        home,
        nodeVersion: process.version,
        platform: `${os.type()} ${os.release()} ${os.arch()}`,
        startedAt,
        cpuCount: os.availableParallelism(),
        memoryBytes: os.totalmem(),
        diskFreeBytes: disk.bavail * disk.bsize,
        blobBytes: blobs.totalBytes(),
        runningJobs: jobs.count('running'),
        queuedJobs: jobs.count('queued'),
      }
    },
    'engine.audit': ({ offset, limit }) => audit.list(offset, limit),
    'engine.caches': () => caches.usage(),
    'engine.clearCaches': async () => ({ freedBytes: await caches.clear() }),
    'samples.list': () => sources.samples(),
  }
}
