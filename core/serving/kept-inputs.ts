import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const digestName = /^[0-9a-f]{64}$/

/** Pictures that were asked about, by their digest, in a folder that never grows beyond a size: the oldest go first. */
export class KeptInputs {
  readonly #directory: string
  readonly #limit: number
  /** In the order they came, with their bytes. */
  readonly #files = new Map<string, { bytes: number; at: number }>()
  #bytes = 0

  constructor(directory: string, limit: number) {
    this.#directory = directory
    this.#limit = limit
    mkdirSync(directory, { recursive: true })
    const found = readdirSync(directory)
      .filter((name) => digestName.test(name))
      .map((name) => ({ name, ...pick(statSync(join(directory, name))) }))
      .sort((a, b) => a.at - b.at)
    for (const { name, bytes, at } of found) this.#remember(name, bytes, at)
  }

  async keep(digest: string, content: Buffer): Promise<void> {
    if (this.#files.has(digest) || content.length > this.#limit) return
    this.#remember(digest, content.length, Date.now())
    const place = join(this.#directory, digest)
    try {
      await writeFile(`${place}.new`, content, { mode: 0o600 })
      await rename(`${place}.new`, place)
    } catch (cause) {
      this.#forget(digest)
      await rm(`${place}.new`, { force: true })
      throw cause
    }
    while (this.#bytes > this.#limit) await this.#removeOldest()
  }

  /** Removes what came before a moment (ms since 1970). */
  async expire(before: number): Promise<void> {
    for (;;) {
      const [oldest] = this.#files.values()
      if (!oldest || oldest.at >= before) return
      await this.#removeOldest()
    }
  }

  async #removeOldest(): Promise<void> {
    const [digest] = this.#files.keys()
    if (digest === undefined) return
    this.#forget(digest)
    if (existsSync(join(this.#directory, digest))) await rm(join(this.#directory, digest), { force: true })
  }

  #remember(digest: string, bytes: number, at: number): void {
    this.#files.set(digest, { bytes, at })
    this.#bytes += bytes
  }

  #forget(digest: string): void {
    this.#bytes -= this.#files.get(digest)?.bytes ?? 0
    this.#files.delete(digest)
  }
}

const pick = ({ size, mtimeMs }: { size: number; mtimeMs: number }) => ({ bytes: size, at: mtimeMs })
