import { spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { pythonWith } from '../python-environment.ts'

export type PeerId = 'keras' | 'pytorch'

/** A framework in Python, one process: the same network, batch and threads as the backend beside it. */
export interface TrainingPeer {
  framework: string
  threads: number
  /** Each of the timed steps in ms, by the way in which the framework makes them. */
  ask(steps: number): Promise<Record<string, number[]>>
  stop(): void
}

const packages: Record<PeerId, readonly string[]> = {
  keras: ['tensorflow-cpu==2.21.0', 'keras==3.15.1'],
  pytorch: ['torch==2.15.0', 'numpy==2.4.6'],
}

/** Returns why there is none, where there is none. */
export async function startPeer(id: PeerId, threads: number): Promise<TrainingPeer | string> {
  const framework = packages[id].join(', ')
  const environment = await pythonWith(`training-${id}`, packages[id])
  if ('missing' in environment) return environment.missing
  const script = path.join(import.meta.dirname, 'training-peer.py')
  const child = spawn(environment.python, [script, id, String(threads)], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const lastWords: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    lastWords.push(text)
    if (lastWords.length > 20) lastWords.shift()
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const reply = async (): Promise<Record<string, number[]>> => {
    const { value, done } = await lines.next()
    if (done === true) throw new Error(lastWords.join('').trim().split('\n').at(-1) || 'its process ended')
    return JSON.parse(value as string) as Record<string, number[]>
  }
  try {
    await reply()
  } catch (cause) {
    return `${framework}: ${cause instanceof Error ? cause.message : cause}`
  }
  return {
    framework,
    threads,
    ask(steps) {
      child.stdin.write(`${steps}\n`)
      return reply()
    },
    stop() {
      child.stdin.end()
    },
  }
}
