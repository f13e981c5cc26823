import { execFile } from 'node:child_process'
import { readFile, statfs } from 'node:fs/promises'
import { cpus, freemem, totalmem } from 'node:os'
import { promisify } from 'node:util'

const run = promisify(execFile)
const toolTimeoutMs = 4_000
/** MLflow's megabyte. */
const megabyte = 1e6
const mebibyte = 2 ** 20

/** Processor time of the whole machine since it started, in ms. */
interface Processors {
  busy: number
  all: number
}

function processors(): Processors {
  const spent = { busy: 0, all: 0 }
  for (const { times } of cpus()) {
    const all = times.user + times.nice + times.sys + times.irq + times.idle
    spent.all += all
    spent.busy += all - times.idle
  }
  return spent
}

/** Of one process: processor seconds since it started, and bytes in memory. */
interface ProcessUse {
  seconds: number
  bytes: number
}

/** Seconds of `[[days-]hours:]minutes:seconds`. */
function secondsOf(text: string): number {
  const [days, clock] = text.includes('-') ? text.split('-') : ['0', text]
  return (clock ?? '').split(':').reduce((sum, part) => sum * 60 + Number(part), 0) + Number(days) * 86_400
}

/** What `ps` says of a process; null where it is gone, or where there is no `ps`. */
export async function processUse(pid: number): Promise<ProcessUse | null> {
  try {
    const { stdout } = await run('ps', ['-o', 'rss=,time=', '-p', String(pid)], { timeout: toolTimeoutMs })
    const [rss = '', time = ''] = stdout.trim().split(/\s+/)
    const use = { seconds: secondsOf(time), bytes: Number(rss) * 1024 }
    return Number.isFinite(use.seconds) && use.bytes > 0 ? use : null
  } catch {
    return null
  }
}

/** Linux has finer times than the whole seconds of `ps`: the 14th and 15th field, in hundredths. */
async function finerUse(pid: number): Promise<ProcessUse | null> {
  const use = await processUse(pid)
  if (use === null || process.platform !== 'linux') return use
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The second field, a name in parentheses, may hold blanks.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { ...use, seconds: (Number(fields[11]) + Number(fields[12])) / 100 }
  } catch {
    return use
  }
}

let hasNvidia = true

async function nvidia(fields: string): Promise<string[][]> {
  if (!hasNvidia) return []
  try {
    const { stdout } = await run('nvidia-smi', [`--query-gpu=${fields}`, '--format=csv,noheader,nounits'], {
      timeout: toolTimeoutMs,
    })
    return stdout
      .trim()
      .split('\n')
      .map((line) => line.split(',').map((cell) => cell.trim()))
  } catch (cause) {
    // Not there, or without a driver: asking again every few seconds would not bring it.
    if (!(cause instanceof Error && 'killed' in cause && cause.killed === true)) hasNvidia = false
    return []
  }
}

/** The readings of lines `utilisation, used MiB, total MiB, W, allowed W`, one a GPU. What a GPU can't tell is left out. */
export function gpuReadings(rows: readonly (readonly string[])[]): Record<string, number> {
  const found: Record<string, number> = {}
  for (const [gpu, cells] of rows.entries()) {
    const [
      utilisation = Number.NaN,
      used = Number.NaN,
      total = Number.NaN,
      watts = Number.NaN,
      most = Number.NaN,
    ] = cells.map(Number)
    Object.assign(found, {
      [`gpu_${gpu}_utilization_percentage`]: utilisation,
      [`gpu_${gpu}_memory_usage_megabytes`]: (used * mebibyte) / megabyte,
      [`gpu_${gpu}_memory_usage_percentage`]: (used / total) * 100,
      [`gpu_${gpu}_power_usage_watts`]: watts,
      [`gpu_${gpu}_power_usage_percentage`]: (watts / most) * 100,
    })
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => Number.isFinite(value)))
}

/** The graphics processors with their drivers, as `nvidia-smi` names them. */
export const gpuNames = async (): Promise<string[]> =>
  (await nvidia('name,driver_version,memory.total')).map(
    ([name, driver, memory]) => `${name}, driver ${driver}, ${memory} MiB`,
  )

async function diskReadings(folder: string): Promise<Record<string, number>> {
  try {
    const { bsize, blocks, bfree, bavail } = await statfs(folder)
    const used = (blocks - bfree) * bsize
    return {
      disk_usage_percentage: (used / (used + bavail * bsize)) * 100,
      disk_usage_megabytes: used / megabyte,
      disk_available_megabytes: (bavail * bsize) / megabyte,
    }
  } catch {
    return {}
  }
}

/**
 * Returns a function that reads how busy the machine, and a process on it, has been since it was called last, under
 * MLflow's names: percentages, megabytes of 10^6 bytes, watts. It never throws; what can't be read is left out.
 */
export function systemReader(folder: string, pid: number | undefined): () => Promise<Record<string, number>> {
  let before = processors()
  let process: { at: number; seconds: number } | null = null
  return async () => {
    const now = processors()
    const all = now.all - before.all
    const found: Record<string, number> = {
      system_memory_usage_megabytes: (totalmem() - freemem()) / megabyte,
      system_memory_usage_percentage: (1 - freemem() / totalmem()) * 100,
    }
    if (all > 0) found['cpu_utilization_percentage'] = ((now.busy - before.busy) / all) * 100
    before = now
    const [use, disk, gpus] = await Promise.all([
      pid === undefined ? null : finerUse(pid),
      diskReadings(folder),
      nvidia('utilization.gpu,memory.used,memory.total,power.draw,enforced.power.limit'),
    ])
    if (use) {
      const at = performance.now()
      found['process_memory_usage_megabytes'] = use.bytes / megabyte
      // 100 % is one core, as in psutil.
      if (process && at > process.at)
        found['process_cpu_utilization_percentage'] =
          (Math.max(0, use.seconds - process.seconds) * 100_000) / (at - process.at)
      process = { at, seconds: use.seconds }
    }
    return { ...found, ...disk, ...gpuReadings(gpus) }
  }
}
