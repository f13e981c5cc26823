import http from 'node:http'
import type { Logger } from 'pino'
import {
  decodeJson,
  encodeJson,
  errorBody,
  GlyphlabError,
  type ProcedureInput,
  type ProcedureName,
  type ProcedureOutput,
} from '../contract/index.ts'
import { openEngine } from './engine.ts'
import { socketPath } from './home.ts'
import { createHttpApp } from './http.ts'
import { listen } from './listen.ts'

/** The engine as a script sees it: another process's over its socket, or one of our own. */
export interface EngineClient {
  call<N extends ProcedureName>(name: N, input: ProcedureInput<N>): Promise<ProcedureOutput<N>>
  close(): Promise<void>
}

function post(socket: string, path: string, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { socketPath: socket, path, method: 'POST', headers: { 'content-type': 'application/json' } },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part: string) => {
          text += part
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
        response.on('error', reject)
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

function remoteClient(socket: string): EngineClient {
  return {
    async call(name, input) {
      const { status, text } = await post(socket, `/rpc/${name}`, encodeJson(input))
      const body = decodeJson(text)
      if (status === 200) return body as never
      const parsed = errorBody.safeParse((body as { error?: unknown }).error)
      throw parsed.success
        ? GlyphlabError.fromBody(parsed.data)
        : new GlyphlabError('UNAVAILABLE', `The engine answered ${status}.`)
    },
    async close() {},
  }
}

/**
 * Talks to the engine that has the data folder, or becomes it: then it listens too, so that a second script or the
 * desktop app's window finds it, and ends when its jobs are done.
 */
export async function connectEngine(home: string, log: Logger): Promise<EngineClient> {
  const socket = socketPath(home)
  const remote = remoteClient(socket)
  const answers = await remote.call('engine.status', {}).then(
    () => true,
    () => false,
  )
  if (answers) return remote
  const engine = await openEngine(home, log)
  const listening = await listen(createHttpApp(engine), { socket })
  return {
    call: (name, input) => engine.call(name, input),
    async close() {
      await engine.services.queue.idle()
      await listening.close()
      await engine.close()
    },
  }
}
