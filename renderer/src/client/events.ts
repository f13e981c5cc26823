import { decodeJson, type EngineEvent, engineEvent } from '../../../core/contract/index.ts'

/** `refused`: an engine answers, but not to this window: in a browser, one that was started anew with another token. */
export type ConnectionState = 'connecting' | 'connected' | 'away' | 'refused'

interface Listener {
  onEvent: (event: EngineEvent) => void
  onState: (state: ConnectionState) => void
}

const silenceMs = 12_000
const retryMs = [100, 200, 400, 800, 1_000]

async function readFrames(body: ReadableStream<Uint8Array>, onLine: (line: string) => void): Promise<void> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const lines = (rest + value).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line) onLine(line)
  }
}

/**
 * Follows `GET /events` for ever: reconnects when the stream ends or is silent for 12 s. After each (re)connection an
 * `engine.ready` frame arrives, upon which views should ask again for what they show. Returns a function that stops it.
 */
export function followEvents({ onEvent, onState }: Listener): () => void {
  const stopped = new AbortController()
  const run = async () => {
    let failures = 0
    while (!stopped.signal.aborted) {
      const attempt = new AbortController()
      let refused = false
      const abort = () => attempt.abort()
      stopped.signal.addEventListener('abort', abort)
      let timer = setTimeout(abort, silenceMs)
      try {
        const response = await fetch('/events', { signal: attempt.signal })
        refused = response.status === 403
        if (!response.ok || !response.body) throw new Error(`events: ${response.status}`)
        await readFrames(response.body, (line) => {
          clearTimeout(timer)
          timer = setTimeout(abort, silenceMs)
          const event = engineEvent.safeParse(decodeJson(line))
          if (!event.success) return
          if (event.data.type === 'engine.ready') {
            failures = 0
            onState('connected')
          }
          onEvent(event.data)
        })
      } catch {
        // Reported through onState; the next attempt follows.
      }
      clearTimeout(timer)
      stopped.signal.removeEventListener('abort', abort)
      if (stopped.signal.aborted) return
      onState(refused ? 'refused' : 'away')
      await new Promise((resolve) => setTimeout(resolve, retryMs[Math.min(failures, retryMs.length - 1)]))
      failures += 1
    }
  }
  void run()
  return () => stopped.abort()
}
