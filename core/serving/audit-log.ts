import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { GlyphlabError } from '../contract/index.ts'
import type { Log } from './log.ts'
import { TokenBucket } from './token-bucket.ts'

export interface AuditEntry {
  /** `unauthorised`, `forbidden`, `rate-limited`, or an admin call's name. */
  action: string
  key: string | null
  requestId: string
  path: string
  status: number
  details?: Record<string, unknown>
}

export interface AuditLog {
  append(entry: AuditEntry): void
  close(): void
}

const firstHash = '0'.repeat(64)
const refusals = new Set(['unauthorised', 'forbidden', 'rate-limited'])
const hashOf = (line: Record<string, unknown>) =>
  createHash('sha256').update(JSON.stringify(line)).digest('hex')

/**
 * An append-only log of JSON lines, each holding the hash of the one before, so that a changed or removed line shows.
 * Refusals of one kind and key are written at most once a second after the first ten, with the number left out between
 * (`suppressed`): callers without a key can't fill the disk. What is written goes to the server's log too, which is all
 * there is without a file.
 * @throws GlyphlabError DAMAGED when the file's chain is broken
 */
export function openAuditLog(file: string | null, log: Log): AuditLog {
  const chain = file === null ? null : openChain(file)
  const floods = new Map<string, { bucket: TokenBucket; suppressed: number }>()

  const write = (fields: Record<string, unknown>) => {
    chain?.write(fields)
    log('info', 'audit', fields)
  }
  return {
    append({ requestId, ...entry }) {
      const fields = { ...entry, request_id: requestId }
      if (!refusals.has(entry.action)) {
        write(fields)
        chain?.sync()
        return
      }
      const kind = `${entry.action} ${entry.key}`
      const flood = floods.get(kind) ?? { bucket: new TokenBucket(1, 10), suppressed: 0 }
      floods.set(kind, flood)
      if (flood.bucket.take() > 0) flood.suppressed += 1
      else {
        write(flood.suppressed > 0 ? { ...fields, suppressed: flood.suppressed } : fields)
        flood.suppressed = 0
      }
    },
    close: () => chain?.close(),
  }
}

interface Chain {
  write: (fields: Record<string, unknown>) => void
  /** Returns once the disk has it. */
  sync: () => void
  close: () => void
}

function openChain(file: string): Chain {
  mkdirSync(dirname(file), { recursive: true })
  let { sequence, hash } = verifyAuditLog(file)
  const handle = openSync(file, 'a', 0o600)
  return {
    write(fields) {
      sequence += 1
      const line = { sequence, time: new Date().toISOString(), ...fields, previous: hash }
      hash = hashOf(line)
      writeSync(handle, `${JSON.stringify({ ...line, hash })}\n`)
    },
    sync: () => fsyncSync(handle),
    close: () => closeSync(handle),
  }
}

/**
 * Checks the chain of an audit log; a last line that a killed process left unfinished is cut off.
 * @returns the last entry's number and hash
 * @throws GlyphlabError DAMAGED, naming the line
 */
export function verifyAuditLog(file: string): { sequence: number; hash: string } {
  let text = ''
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
  }
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  if (whole.length < text.length) truncateSync(file, Buffer.byteLength(whole))
  let last = { sequence: 0, hash: firstHash }
  for (const [index, line] of whole.split('\n').slice(0, -1).entries()) {
    const entry = readEntry(line)
    if (!entry || entry.previous !== last.hash || entry.sequence !== last.sequence + 1) {
      throw new GlyphlabError(
        'DAMAGED',
        `${file}: line ${index + 1} does not follow from the line before; the audit log was changed. Keep the file as evidence and start with a new one.`,
      )
    }
    last = { sequence: entry.sequence, hash: entry.hash }
  }
  return last
}

function readEntry(line: string): { sequence: number; previous: unknown; hash: string } | null {
  try {
    const { hash, ...rest } = JSON.parse(line) as Record<string, unknown>
    if (typeof hash !== 'string' || typeof rest['sequence'] !== 'number' || hashOf(rest) !== hash) return null
    return { sequence: rest['sequence'], previous: rest['previous'], hash }
  } catch {
    return null
  }
}
