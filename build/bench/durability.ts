import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import path from 'node:path'
import { killUnderLoad } from '../../core/host/testing/kill-under-load.ts'

const kills = 20
const writeMs = 3_000

/** A minute of two processes that log, with `kill -9` of the engine twenty times. @throws Error when a point is lost */
export async function durabilityBench(): Promise<object> {
  const work = await mkdtemp(path.join(tmpdir(), 'glyphlab-bench-'))
  try {
    const report = await killUnderLoad(path.join(work, 'home'), kills, writeMs)
    const faults = [report.inProcess, report.http].filter(({ lost, damaged }) => lost + damaged > 0)
    if (faults.length > 0) throw new Error(`points were lost or damaged: ${JSON.stringify(report)}`)
    return { cores: cpus().length, ...report }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
