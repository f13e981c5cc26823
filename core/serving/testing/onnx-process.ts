/** Runs a model in onnxruntime in this process and prints its internet connections and files of telemetry that are open. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadClassifier } from '../classifier.ts'
import { shippedPicture } from './small-model.ts'

const classifier = await loadClassifier(process.argv[2] ?? '', { engine: 'onnxruntime' })
const { label } = await classifier.classify(await shippedPicture('classify/hand-sign-2.JPG'), 'sign')
// Telemetry is sent a moment later.
await sleep(1_500)
const open = readdirSync('/proc/self/fd').flatMap((each) => {
  try {
    return readlinkSync(`/proc/self/fd/${each}`)
  } catch {
    return []
  }
})
const connections = ['tcp', 'tcp6', 'udp', 'udp6']
  .flatMap((table) => readFileSync(`/proc/self/net/${table}`, 'utf8').split('\n').slice(1))
  .flatMap((line) => line.trim().split(/\s+/)[9] ?? [])
  .filter((inode) => open.includes(`socket:[${inode}]`))
const files = open.filter((file) => /microsoft|onnxruntime.*\.db/i.test(file))
process.stdout.write(`${JSON.stringify({ label, engine: classifier.engine, connections, files })}\n`)
process.exit(0)
