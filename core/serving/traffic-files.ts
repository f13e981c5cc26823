import { createHash, randomBytes } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { GlyphlabError } from '../contract/index.ts'
import { Refusal } from './refusal.ts'
import { trafficPolicy } from './traffic-policy.ts'

const savedTraffic = z.object({
  /** Grows by one with each change. */
  generation: z.number().int().min(0),
  policy: trafficPolicy,
  history: z.array(z.object({ at: z.string(), by: z.string(), reason: z.string(), policy: trafficPolicy })),
})
export type SavedTraffic = z.infer<typeof savedTraffic>

const generationsKept = 20

/**
 * The traffic policy of all servers that have the same versions loaded, in a folder that they share: a file for each
 * generation, of which the newest counts. A file appears whole, under a name that is given once, so that of two servers
 * that change the policy at the same time one has to look again. Servers with other versions have files of their own:
 * a new image in the same folder starts with its own first version, and the one before finds its policy again.
 */
export class TrafficFiles {
  readonly #directory: string
  readonly #prefix: string

  constructor(directory: string, versions: readonly { version: string | number; digest: string }[]) {
    this.#directory = directory
    const names = versions.map(({ version, digest }) => `${version} ${digest}\n`).join('')
    this.#prefix = `traffic-${createHash('sha256').update(names).digest('hex').slice(0, 12)}-`
  }

  /** The newest generation's number; 0 when nothing was saved yet. */
  async newest(): Promise<number> {
    return (await this.#generations()).at(-1) ?? 0
  }

  /** @throws GlyphlabError DAMAGED when the file is not as it was written */
  async read(generation: number): Promise<SavedTraffic> {
    const file = this.#file(generation)
    try {
      const { sha256, ...rest } = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>
      if (sha256 !== digestOf(rest)) throw new Error('its digest is another')
      return savedTraffic.parse(rest)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new GlyphlabError('DAMAGED', `${file}: not a saved traffic policy (${reason}). Remove the file.`)
    }
  }

  /**
   * @returns whether it was saved; false: another server was first to make this generation
   * @throws Refusal 500, naming the folder that can't be written to
   */
  async write(saved: SavedTraffic): Promise<boolean> {
    const fresh = join(this.#directory, `.${this.#prefix}${randomBytes(6).toString('hex')}`)
    try {
      await mkdir(this.#directory, { recursive: true })
      const handle = await open(fresh, 'wx', 0o600)
      try {
        await handle.writeFile(`${JSON.stringify({ sha256: digestOf(saved), ...saved }, null, 2)}\n`)
        await handle.sync()
      } finally {
        await handle.close()
      }
      const taken = await link(fresh, this.#file(saved.generation)).then(() => false, isThere)
      if (taken) return false
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      // No 503, which would make a balancer ask others than this server for a while.
      throw new Refusal(
        500,
        'UNAVAILABLE',
        `${this.#directory}: the traffic policy can't be saved there, and stays as it was (${reason}). The server's user must be able to write to this folder, on a file system with hard links.`,
      )
    } finally {
      await rm(fresh, { force: true }).catch(() => {})
    }
    for (const old of (await this.#generations()).slice(0, -generationsKept))
      await rm(this.#file(old), { force: true }).catch(() => {})
    return true
  }

  #file(generation: number): string {
    return join(this.#directory, `${this.#prefix}${String(generation).padStart(9, '0')}.json`)
  }

  async #generations(): Promise<number[]> {
    const names = await readdir(this.#directory).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return []
      throw cause
    })
    return names
      .filter((name) => name.startsWith(this.#prefix) && name.endsWith('.json'))
      .map((name) => Number(name.slice(this.#prefix.length, -'.json'.length)))
      .filter(Number.isSafeInteger)
      .sort((a, b) => a - b)
  }
}

const digestOf = (content: object) => createHash('sha256').update(JSON.stringify(content)).digest('hex')

function isThere(cause: NodeJS.ErrnoException): true {
  if (cause.code === 'EEXIST') return true
  throw cause
}
