import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { backendId, type MetricPoint } from '../contract/index.ts'
import type { TrainingPosition, TrainingSnapshot } from './trainer.ts'

/**
 * A training between two steps: its snapshot, and the points that it logged since the checkpoint before. Points up to
 * that one are stored; those after it may have been lost on their way with the process that was to store them.
 */
export interface Checkpoint {
  snapshot: TrainingSnapshot
  backend: z.infer<typeof backendId>
  backendTimings: Partial<Record<z.infer<typeof backendId>, number>>
  /** Step of the checkpoint before. */
  pointsFrom: number
  points: MetricPoint[]
}

const magic = Buffer.from('GLYPHCK1')
const extension = '.checkpoint'
/** A newer one that turns out to be damaged leaves an older one. */
const kept = 2
/** Short epochs do not write more often than this. */
const epochIntervalMs = 1_000

const header = z.object({
  /** Names the training: data, options and code. */
  identity: z.string(),
  sha256: z.string(),
  backend: backendId,
  backendTimings: z.partialRecord(backendId, z.number()),
  pointsFrom: z.number().int(),
  /** Key, value (as text: JSON has no NaN), step, timestamp. */
  points: z.array(z.tuple([z.string(), z.string(), z.number(), z.number()])),
  position: z.custom<TrainingPosition>((value) => typeof value === 'object' && value !== null),
  lengths: z.record(z.string(), z.array(z.number().int())),
})

/** The checkpoints of one training. */
export class CheckpointFolder {
  readonly #directory: string
  readonly #identity: string
  readonly #everyMs: number
  #last = performance.now()

  /**
   * @param identity a checkpoint of another one is not taken
   * @param everyMs how often one is written within an epoch
   */
  constructor(directory: string, identity: string, everyMs: number) {
    this.#directory = directory
    this.#identity = identity
    this.#everyMs = everyMs
  }

  /** Whether it is time to write one. @param epochEnded epochs are good places */
  due(epochEnded: boolean): boolean {
    const interval = epochEnded ? Math.min(epochIntervalMs, this.#everyMs) : this.#everyMs
    return performance.now() - this.#last >= interval
  }

  /** The file appears whole or not at all: it is written beside its place, flushed and renamed. */
  async write({ snapshot, points, ...rest }: Checkpoint): Promise<void> {
    const { position, ...tensors } = snapshot
    const groups = Object.entries(tensors)
    const data = Buffer.concat(groups.flatMap(([, arrays]) => arrays.map(bytesOf)))
    const head: z.infer<typeof header> = {
      ...rest,
      identity: this.#identity,
      sha256: sha256(data),
      points: points.map(({ key, value, step, timestamp }) => [key, String(value), step, timestamp]),
      position,
      lengths: Object.fromEntries(groups.map(([name, arrays]) => [name, arrays.map(({ length }) => length)])),
    }
    const text = Buffer.from(JSON.stringify(head))
    const size = Buffer.alloc(4)
    size.writeUInt32LE(text.length)
    await mkdir(this.#directory, { recursive: true })
    const file = join(this.#directory, `${String(position.step).padStart(12, '0')}${extension}`)
    const fresh = `${file}.new-${randomBytes(4).toString('hex')}`
    try {
      const handle = await open(fresh, 'w')
      try {
        await handle.writeFile(Buffer.concat([magic, size, text, data]))
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(fresh, file)
    } catch (cause) {
      await rm(fresh, { force: true }).catch(() => undefined)
      throw cause
    }
    const old = (await this.#files()).slice(kept)
    await Promise.all(old.map((one) => rm(one, { force: true })))
    this.#last = performance.now()
  }

  /** The newest one that is whole and of this training; null when there is none. */
  async latest(): Promise<Checkpoint | null> {
    for (const file of await this.#files()) {
      const checkpoint = parse(await readFile(file), this.#identity)
      if (checkpoint) return checkpoint
    }
    return null
  }

  /** Newest first. */
  async #files(): Promise<string[]> {
    const names = await readdir(this.#directory).catch(() => [])
    return names
      .filter((name) => name.endsWith(extension))
      .sort()
      .reverse()
      .map((name) => join(this.#directory, name))
  }
}

function parse(content: Buffer, identity: string): Checkpoint | null {
  const start = magic.length + 4
  if (content.length < start || !content.subarray(0, magic.length).equals(magic)) return null
  const end = start + content.readUInt32LE(magic.length)
  const head = header.safeParse(jsonOf(content.subarray(start, end)))
  const data = content.subarray(end)
  if (!head.success || head.data.identity !== identity || sha256(data) !== head.data.sha256) return null
  const { position, lengths, points, backend, backendTimings, pointsFrom } = head.data
  let at = 0
  const take = (name: string): Float32Array[] =>
    (lengths[name] ?? []).map((length) => {
      const values = new Float32Array(length)
      bytesOf(values).set(data.subarray(at, at + 4 * length))
      at += 4 * length
      return values
    })
  return {
    // In the order in which they were written.
    snapshot: {
      position,
      weights: take('weights'),
      slots: take('slots'),
      averages: take('averages'),
      best: take('best'),
    },
    backend,
    backendTimings,
    pointsFrom,
    points: points.map(([key, value, step, timestamp]) => ({ key, value: Number(value), step, timestamp })),
  }
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return null
  }
}

function bytesOf(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength)
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
