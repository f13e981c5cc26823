/**
 * An engine that logs into a run of its own while it serves MLflow's clients, until it is killed. Arguments: the data
 * folder, and the ids of the two runs ('' makes one). Prints what is stored, then how many points are acknowledged.
 */
import pino from 'pino'
import { openEngine } from '../engine.ts'
import { type KillRun, type KillStart, killBatch, killPoints } from './kill-batch.ts'

const pauseMs = 2
const [home = '', inProcess = '', http = ''] = process.argv.slice(2)
const engine = await openEngine(home, pino({ level: 'silent' }))
const { runs, mlflow } = engine.services

async function runOf(wanted: string, name: string): Promise<KillRun> {
  const id = wanted === '' ? (await engine.call('runs.create', { name })).id : wanted
  const { steps, values, timestamps } = runs.metrics.series(runs.idOf(id), 'loss')
  const whole = steps.every((step, at) => step === at && values[at] === at && timestamps[at] === 1_000 + at)
  return { id, stored: steps.length, whole }
}

const start: KillStart = {
  url: await mlflow.start(0),
  runs: { inProcess: await runOf(inProcess, 'in process'), http: await runOf(http, 'over HTTP') },
}
process.stdout.write(`${JSON.stringify(start)}\n`)
let first = start.runs.inProcess.stored
const log = () => {
  runs.logMetrics(start.runs.inProcess.id, killPoints(first))
  first += killBatch
  process.stdout.write(`${first}\n`)
  setTimeout(log, pauseMs)
}
log()
