/**
 * A script that logs. Arguments: the data folder, how many points, ms between them, and how it ends: `finish`, `exit`
 * (leaves the run open), `throw`, or `stay`. Prints the run's id, then how many points were logged, one by one.
 */
import { startRun } from '../../tracking/client/glyphlab.ts'

const [home = '', points = '0', pauseMs = '0', end = 'finish'] = process.argv.slice(2)
const run = startRun({ home, experiment: 'scripts', name: 'a script', params: { optimizer: { lr: 0.1 } } })
process.stdout.write(`${run.id}\n`)
for (let step = 0; step < Number(points); step++) {
  run.log({ loss: 1 / (step + 1) }, step)
  process.stdout.write(`${step + 1}\n`)
  if (Number(pauseMs) > 0) await new Promise((resolve) => setTimeout(resolve, Number(pauseMs)))
}
if (end === 'throw') throw new Error('out of memory')
if (end === 'stay') setInterval(() => {}, 1_000)
if (end === 'finish') process.stdout.write(`sent ${await run.finish()}\n`)
