import { createHash } from 'node:crypto'
import type { AuditEvent } from '../contract/index.ts'
import type { Store } from './sqlite.ts'

interface AuditRow {
  sequence: number
  at: number
  action: string
  subject: string
  details: string
  hash: string
}

const genesis = '0'.repeat(64)

function chainHash(previous: string, row: Omit<AuditRow, 'hash'>): string {
  return createHash('sha256')
    .update(JSON.stringify([previous, row.sequence, row.at, row.action, row.subject, row.details]))
    .digest('hex')
}

/** Append-only; each event's hash covers the one before, so a changed or missing event shows. */
export class AuditStore {
  private readonly store: Store

  constructor(store: Store) {
    this.store = store
  }

  /** Call within the transaction of what it records. */
  append(action: string, subject: string, details: Record<string, unknown>): void {
    const last = this.store
      .prepare<[], { sequence: number; hash: string }>(
        'SELECT sequence, hash FROM audit_event ORDER BY sequence DESC LIMIT 1',
      )
      .get()
    const row = {
      sequence: (last?.sequence ?? 0) + 1,
      at: Date.now(),
      action,
      subject,
      details: JSON.stringify(details),
    }
    this.store
      .prepare(
        'INSERT INTO audit_event (sequence, at, action, subject, details, hash) VALUES (?, ?, ?, ?, ?, ?)',
      )
      .run(row.sequence, row.at, row.action, row.subject, row.details, chainHash(last?.hash ?? genesis, row))
  }

  /** Exports of what has this digest, the newest first. */
  exportsOf(digest: string): Pick<AuditEvent, 'at' | 'action' | 'subject' | 'details'>[] {
    return this.store
      .prepare<[string], AuditRow>(
        `SELECT * FROM audit_event WHERE action IN ('model.exported', 'bundle.exported')
         AND json_extract(details, '$.digest') = ? ORDER BY sequence DESC`,
      )
      .all(digest)
      .map(({ at, action, subject, details }) => ({
        at,
        action,
        subject,
        details: JSON.parse(details) as Record<string, unknown>,
      }))
  }

  list(offset: number, limit: number): { total: number; items: AuditEvent[]; intact: boolean } {
    const rows = this.store.prepare<[], AuditRow>('SELECT * FROM audit_event ORDER BY sequence').all()
    let previous = genesis
    const intact = rows.every((row, index) => {
      const matches = row.sequence === index + 1 && row.hash === chainHash(previous, row)
      previous = row.hash
      return matches
    })
    const items = rows
      .reverse()
      .slice(offset, offset + limit)
      .map((row) => ({ ...row, details: JSON.parse(row.details) as Record<string, unknown> }))
    return { total: rows.length, items, intact }
  }
}
