/**
 * Entry of the process that keeps many connections to a server open, none of which ever asks a whole question. The parent
 * sends a `Crowd`; it answers once all were opened, and with a `CrowdResult` at the end.
 */
import { createConnection, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Crowd {
  port: number
  connections: number
  seconds: number
}

export interface CrowdResult {
  /** That stood open at the same time. */
  most: number
  /** On the average, from when all were opened. */
  mean: number
  /** Ended by the server, and opened again. */
  cutOff: number
  /** That could not be opened. */
  failed: number
}

/** What each kind sends at first, and every second after that. */
const kinds = [
  { first: '', more: '' },
  { first: 'POST /v1/predict HTTP/1.1\r\nHost: x\r\n', more: 'X-Slow: 1\r\n' },
  { first: 'POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n', more: 'byte' },
] as const

async function stand({ port, connections, seconds }: Crowd): Promise<CrowdResult> {
  const open = new Set<Socket>()
  let most = 0
  let cutOff = 0
  let failed = 0
  let over = false

  const join = (index: number) => {
    const kind = kinds[index % kinds.length] ?? kinds[0]
    const socket = createConnection(port, '127.0.0.1')
    let connected = false
    let timer: NodeJS.Timeout | undefined
    socket.on('error', () => {})
    socket.on('connect', () => {
      connected = true
      open.add(socket)
      most = Math.max(most, open.size)
      if (kind.first !== '') socket.write(kind.first)
      timer = setInterval(() => kind.more !== '' && socket.write(kind.more), 1_000)
    })
    socket.on('close', () => {
      clearInterval(timer)
      open.delete(socket)
      if (over) return
      if (connected) cutOff += 1
      else failed += 1
      setTimeout(() => !over && join(index), 50)
    })
    socket.resume()
  }

  for (let index = 0; index < connections; index += 1) {
    join(index)
    if (index % 250 === 249) await sleep(25)
  }
  for (const until = performance.now() + 10_000; open.size < connections && performance.now() < until; )
    await sleep(50)
  process.send?.({})
  const sizes: number[] = []
  for (const until = performance.now() + seconds * 1000; performance.now() < until; await sleep(250))
    sizes.push(open.size)
  over = true
  for (const socket of open) socket.destroy()
  return { most, mean: Math.round(sizes.reduce((sum, size) => sum + size, 0) / sizes.length), cutOff, failed }
}

process.once('message', async (crowd: Crowd) => {
  const result = await stand(crowd)
  process.send?.(result, () => process.disconnect())
})
