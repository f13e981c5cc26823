import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { JobStore } from './job-store.ts'
import { Reserve } from './reserve.ts'
import { RunStore } from './run-store.ts'
import { openStore, type Store } from './sqlite.ts'

let home: string
let store: Store
let jobs: JobStore
let runs: RunStore

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'glyphlab-unsaved-'))
  store = openStore(path.join(home, 'glyphlab.sqlite'))
  jobs = new JobStore(store, new Reserve(home))
  runs = new RunStore(store, new Reserve(home))
})
afterEach(() => {
  store.close()
  rmSync(home, { recursive: true, force: true })
})

function begin(): { jobId: string; runId: string } {
  const runId = runs.create({ experiment: 'e', name: 'r', datasetVersionId: 'v', datasetLabel: 'd v1' })
  const { id: jobId } = jobs.create('training', 'Train', {}, runId)
  runs.setJob(runId, jobId)
  jobs.start(jobId)
  runs.start(runId)
  return { jobId, runId }
}

/** SQLite's own limit: every write that needs a new page is refused with SQLITE_FULL. */
function limitPages(limit: number): void {
  store.pragma(`max_page_count = ${limit}`)
}

const error = { code: 'DISK_FULL', message: `The disk is full. ${'x'.repeat(20_000)}` } as const

describe('the end of a job that the full database does not take', () => {
  it('is shown at once, and is stored when there is room', async () => {
    const { jobId } = begin()
    limitPages(1)
    expect(jobs.end(jobId, { status: 'failed', error })).toMatchObject({ status: 'failed', error })
    expect(jobs.get(jobId)).toMatchObject({ status: 'failed', retryable: true })
    expect(jobs.list(10)).toMatchObject([{ status: 'failed' }])
    expect(jobs.count('running')).toBe(0)
    const stored = () => store.prepare('SELECT status FROM job').pluck().get()
    expect(stored()).toBe('running')
    limitPages(1_000_000)
    await expect.poll(stored, { timeout: 5_000 }).toBe('failed')
    expect(jobs.get(jobId)).toMatchObject({ status: 'failed', error })
  })

  it('gives way to a new attempt', () => {
    const { jobId } = begin()
    limitPages(1)
    jobs.end(jobId, { status: 'failed', error })
    limitPages(1_000_000)
    expect(jobs.requeue(jobId)).toMatchObject({ status: 'queued', error: null })
    expect(jobs.queued()).toHaveLength(1)
    jobs.close()
    expect(jobs.get(jobId)).toMatchObject({ status: 'queued' })
  })
})

describe('a run whose end was lost', () => {
  it('is not shown as running by the next start', () => {
    const { jobId, runId } = begin()
    const other = begin()
    jobs.end(jobId, { status: 'failed', error: { code: 'DISK_FULL', message: 'full' } })
    runs.endAbandoned()
    expect(runs.get(runId)).toMatchObject({ status: 'KILLED', endTime: expect.any(Number) })
    expect(runs.get(other.runId)).toMatchObject({ status: 'RUNNING' })
  })
})
