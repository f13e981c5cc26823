import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { GlyphlabError, type ServerAccess, serverAccess } from '../contract/index.ts'
import { serverAccessFile } from './home.ts'

const kept = z.record(z.string(), serverAccess)

/** A server's address as it is kept. @throws GlyphlabError INVALID_INPUT */
export function serverAddress(target: string): string {
  const url = URL.parse(target)
  if (!url || !/^https?:$/.test(url.protocol))
    throw new GlyphlabError(
      'INVALID_INPUT',
      `"${target}" is no address of a server. Write one like http://127.0.0.1:5000.`,
    )
  if (url.username !== '' || url.password !== '')
    throw new GlyphlabError(
      'INVALID_INPUT',
      `An address is shown and logged: give ${url.host} the user and the password beside it, not in it.`,
    )
  return url.href.replace(/\/+$/, '')
}

/** By address, what MLflow servers want to know of who asks. In a file that only this user can read. */
export class ServerAccesses {
  private readonly file: string

  constructor(home: string) {
    this.file = serverAccessFile(home)
  }

  private all(): Record<string, ServerAccess> {
    let text: string
    try {
      text = readFileSync(this.file, 'utf8')
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return {}
      throw cause
    }
    try {
      return kept.parse(JSON.parse(text))
    } catch (cause) {
      throw new GlyphlabError(
        'DAMAGED',
        `${this.file} can't be understood. Remove it, and give the servers their passwords and tokens again.`,
        undefined,
        { cause },
      )
    }
  }

  private write(all: Record<string, ServerAccess>): void {
    if (Object.keys(all).length === 0) {
      rmSync(this.file, { force: true })
      return
    }
    mkdirSync(path.dirname(this.file), { recursive: true, mode: 0o700 })
    const fresh = `${this.file}.new-${process.pid}`
    writeFileSync(fresh, JSON.stringify(all), { mode: 0o600, flush: true })
    renameSync(fresh, this.file)
  }

  /** @throws GlyphlabError DAMAGED */
  of(address: string): ServerAccess {
    return this.all()[address.replace(/\/+$/, '')] ?? { kind: 'none' }
  }

  /** @throws GlyphlabError DAMAGED */
  set(address: string, access: ServerAccess): void {
    const { [address]: _, ...others } = this.all()
    this.write(access.kind === 'none' ? others : { ...others, [address]: access })
  }
}
