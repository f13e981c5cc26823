import http from 'node:http'
import { encodeJson } from '../../contract/json.ts'
import { engineSocket } from '../../domain/engine-place.ts'
import { type EngineCall, EngineRefusal } from './send-spool.ts'

const timeoutMs = 60_000
/** Statuses of an engine that may take it later: it starts, it ends, its disk is full, it has failed. */
const passing = (status: number): boolean => status >= 499

/** Asks the engine of a data folder over its socket, which only this user can reach: it needs no token. */
export function engineCall(home: string): EngineCall {
  const { socket } = engineSocket(home)
  return (procedure, input) =>
    new Promise((resolve, reject) => {
      const request = http.request(
        {
          socketPath: socket,
          path: `/rpc/${procedure}`,
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          timeout: timeoutMs,
        },
        (response) => {
          let text = ''
          response.setEncoding('utf8')
          response.on('data', (part: string) => {
            text += part
          })
          response.on('error', reject)
          response.on('end', () => {
            const status = response.statusCode ?? 0
            if (status === 200) resolve(undefined)
            else if (passing(status)) reject(new Error(`the engine answered ${status}`))
            else reject(new EngineRefusal(reasonIn(text)))
          })
        },
      )
      request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs / 1_000} s`)))
      request.on('error', reject)
      request.end(encodeJson(input))
    })
}

function reasonIn(text: string): string {
  try {
    return (JSON.parse(text) as { error: { message: string } }).error.message
  } catch {
    return text
  }
}
