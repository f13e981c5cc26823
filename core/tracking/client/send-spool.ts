import type { LoggedPoint, Spool, SpoolEntry } from './spool.ts'

/** Asks a procedure of the engine. @throws EngineRefusal for what it will never take; any other error may pass */
export type EngineCall = (procedure: string, input: object) => Promise<unknown>

/** The engine has understood, and does not take it. */
export class EngineRefusal extends Error {
  override readonly name = 'EngineRefusal'
}

/** The engine writes so many points at once. */
const pointsAtOnce = 20_000

interface Call {
  procedure: string
  input: object
  entries: SpoolEntry[]
}

/**
 * Tells the engine what it does not have yet, in its order. What got no answer is told again the next time; the engine
 * takes nothing twice.
 * @param onRefused gets what the engine does not take; the rest goes on
 */
export async function sendSpool(
  spool: Spool,
  call: EngineCall,
  onRefused: (entry: SpoolEntry, reason: string) => void,
): Promise<void> {
  const send = async ({ procedure, input, entries }: Call): Promise<void> => {
    try {
      await call(procedure, input)
    } catch (cause) {
      if (!(cause instanceof EngineRefusal)) throw cause
      const [only] = entries
      if (entries.length === 1 && only) onRefused(only, cause.message)
      else for (const entry of entries) for (const one of callsOf(spool.runId, [entry])) await send(one)
    }
  }
  while (!spool.isSent) {
    const { entries, end } = spool.next()
    if (entries.length === 0) break
    for (const one of callsOf(spool.runId, entries)) await send(one)
    spool.acknowledge(end)
    for (const entry of entries) if (entry.op === 'artifact') spool.forget(entry.file)
  }
}

/** One call for each entry, but for those that only log: they go together. */
function callsOf(runId: string, entries: readonly SpoolEntry[]): Call[] {
  const calls: Call[] = []
  let together: {
    params: Record<string, string>
    tags: Record<string, string>
    metrics: LoggedPoint[]
  } | null = null
  for (const entry of entries) {
    if (entry.op === 'log') {
      const last = calls.at(-1)
      if (together === null || !last || together.metrics.length >= pointsAtOnce) {
        together = { params: {}, tags: {}, metrics: [] }
        calls.push({ procedure: 'runs.log', input: { runId, ...together }, entries: [] })
      }
      Object.assign(together.params, entry.params)
      Object.assign(together.tags, entry.tags)
      together.metrics.push(...(entry.metrics ?? []))
      calls.at(-1)?.entries.push(entry)
      continue
    }
    together = null
    calls.push({ ...callOf(runId, entry), entries: [entry] })
  }
  return calls
}

function callOf(runId: string, entry: Exclude<SpoolEntry, { op: 'log' }>): Omit<Call, 'entries'> {
  switch (entry.op) {
    case 'create': {
      const { op: _, ...input } = entry
      return { procedure: 'runs.create', input }
    }
    case 'note':
      return { procedure: 'runs.note', input: { runId, note: entry.note } }
    case 'monitor':
      return { procedure: 'runs.monitor', input: { runId, pid: entry.pid } }
    case 'artifact': {
      const source = { kind: 'path', path: entry.file }
      return { procedure: 'runs.logArtifact', input: { runId, path: entry.path, source } }
    }
    case 'end':
      return { procedure: 'runs.end', input: { runId, status: entry.status, endTime: entry.endTime } }
  }
}
