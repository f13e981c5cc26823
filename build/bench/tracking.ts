import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { cpus, tmpdir } from 'node:os'
import path from 'node:path'
import { Reserve } from '../../core/store/reserve.ts'
import { RunStore } from '../../core/store/run-store.ts'
import { openStore } from '../../core/store/sqlite.ts'
import { mlflowEnvironment, mlflowPython } from '../mlflow.ts'
import { pinnedNode, root } from '../paths.ts'
import { runOrThrow } from '../run-command.ts'

/** Part of the full size that is created, logged and fetched: 1 is 1,000 runs, 1,000,000 points, 100 runs x 10,000 steps. */
const scale = Number(process.env['GLYPHLAB_BENCH_SCALE'] ?? '0.1')
const size = {
  createdRuns: Math.max(10, Math.round(1_000 * scale)),
  points: Math.max(1_000, Math.round(1_000_000 * scale)),
  searchedRuns: 10_000,
  fetchedRuns: Math.max(1, Math.round(100 * scale)),
  steps: 10_000,
}
const begin = 1_700_000_000_000
const batch = 1_000

/** Seconds by what was done. */
type Times = Record<string, number>

interface Server {
  url: string
  process: ChildProcess
}

// Under load MLflow's server drops connections now and then: its client is to try again, as it does by itself.
const environmentIn = (work: string): NodeJS.ProcessEnv => ({
  ...mlflowEnvironment(work),
  MLFLOW_HTTP_REQUEST_MAX_RETRIES: '7',
})
const rounded = (value: number) => Math.round(value * 1_000) / 1_000

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

/** Starts a server and waits until it answers. */
async function serve(command: string, args: string[], port: number, work: string): Promise<Server> {
  const child = spawn(command, args, {
    cwd: work,
    env: environmentIn(work),
    stdio: 'ignore',
    detached: true,
  })
  serving.add(child)
  child.once('exit', () => serving.delete(child))
  const url = `http://127.0.0.1:${port}`
  for (let tries = 0; tries < 600; tries++) {
    const healthy = await fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (healthy) return { url, process: child }
    if (child.exitCode !== null) break
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`${command} does not answer on ${url}`)
}

const serving = new Set<ChildProcess>()
const killAll = () => {
  for (const { pid } of serving) if (pid) process.kill(-pid, 'SIGKILL')
}

/** With the workers that it has started. */
async function stop({ process: child }: Server): Promise<void> {
  serving.delete(child)
  const ended = new Promise((resolve) => child.once('exit', resolve))
  if (child.pid) process.kill(-child.pid, 'SIGTERM')
  const force = setTimeout(() => child.pid && process.kill(-child.pid, 'SIGKILL'), 10_000)
  await ended
  clearTimeout(force)
}

function seedOwn(home: string): void {
  const store = openStore(path.join(home, 'glyphlab.sqlite'))
  const runs = new RunStore(store, new Reserve(home))
  const add = (experimentId: number, index: number) => {
    const id = runs.begin({ experimentId, name: `run ${index}`, startTime: begin + index, user: 'u' })
    runs.update(id, { status: 'FINISHED', endTime: begin + index })
    return id
  }
  store.transaction(() => {
    const searched = runs.experiments.idOf('searched')
    for (let index = 0; index < size.searchedRuns; index++) {
      const id = add(searched, index)
      runs.setParams(id, Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`param ${i}`, String(i)])))
      runs.logMetrics(
        id,
        Array.from({ length: 20 }, (_, i) => ({
          key: `metric ${i}`,
          value: ((index * 7919) % 10_007) + i,
          step: 0,
          timestamp: begin,
        })),
      )
    }
    const fetched = runs.experiments.idOf('fetched')
    for (let index = 0; index < size.fetchedRuns; index++) {
      const id = add(fetched, index)
      for (let i = 0; i < 10; i++)
        runs.logMetrics(
          id,
          Array.from({ length: size.steps }, (_, step) => ({
            key: `m${i}`,
            value: step / 7,
            step,
            timestamp: begin + step,
          })),
        )
    }
  })()
  runs.close()
  store.close()
}

/** The same requests without Python's client, which spends most of its time in itself. */
async function overHttp({ url }: Server): Promise<Times> {
  const api = `${url}/api/2.0/mlflow`
  const post = async (name: string, body: object): Promise<Record<string, unknown>> => {
    const response = await fetch(`${api}/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${name}: ${response.status} ${text}`)
    return JSON.parse(text) as Record<string, unknown>
  }
  const times: Times = {}
  const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const from = performance.now()
    const result = await work()
    times[name] = (performance.now() - from) / 1_000
    return result
  }
  const createRun = async (experiment: string) => {
    const { run } = (await post('runs/create', { experiment_id: experiment, start_time: begin })) as {
      run: { info: { run_id: string } }
    }
    return run.info.run_id
  }
  const { experiment_id } = (await post('experiments/create', { name: 'created over http' })) as {
    experiment_id: string
  }
  await timed('createRuns', async () => {
    for (let index = 0; index < size.createdRuns; index++) {
      const range = Array.from({ length: 20 }, (_, i) => i)
      await post('runs/log-batch', {
        run_id: await createRun(experiment_id),
        metrics: range.map((i) => ({ key: `metric ${i}`, value: i + index, timestamp: begin, step: 0 })),
        params: range.map((i) => ({ key: `param ${i}`, value: String(i * index) })),
      })
    }
  })
  await timed('logPoints', async () => {
    const run_id = await createRun('0')
    for (let from = 0; from < size.points; from += batch)
      await post('runs/log-batch', {
        run_id,
        metrics: Array.from({ length: batch }, (_, i) => ({
          key: `m${i % 10}`,
          value: (from + i) / 7,
          timestamp: begin + from + i,
          step: Math.floor((from + i) / 10),
        })),
      })
  })
  const idOf = async (name: string) => {
    const { experiment } = (await (
      await fetch(`${api}/experiments/get-by-name?experiment_name=${name}`)
    ).json()) as { experiment: { experiment_id: string } }
    return experiment.experiment_id
  }
  const searched = await idOf('searched')
  const search = (maxResults: number) =>
    post('runs/search', {
      experiment_ids: [searched],
      order_by: ['metrics.`metric 3` DESC'],
      max_results: maxResults,
    })
  await search(1)
  await timed('search', () => search(100))
  await timed('searchThousand', () => search(1_000))
  const { runs } = (await post('runs/search', {
    experiment_ids: [await idOf('fetched')],
    max_results: size.fetchedRuns,
  })) as { runs: { info: { run_id: string } }[] }
  await timed('fetch', async () => {
    for (const { info } of runs) {
      for (let i = 0; i < 10; i++) {
        const answer = await fetch(`${api}/metrics/get-history?run_id=${info.run_id}&metric_key=m${i}`)
        const text = await answer.text()
        if (!text.includes(`${begin + size.steps - 1}`)) throw new Error('the history is not whole')
      }
    }
  })
  return times
}

async function withClient(python: string, { url }: Server, work: string): Promise<Times> {
  const script = path.join(root, 'build/bench/tracking-client.py')
  const args = [url, size.createdRuns, size.points, size.fetchedRuns, size.steps].map(String)
  const output = await runOrThrow(python, [script, ...args], { env: environmentIn(work), cwd: work })
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as Times
}

/** Points per second into a database on the disk, each batch of 10,000 in a transaction that is synced. */
async function ingestion(work: string): Promise<Record<string, number>> {
  const rates: Record<string, number> = {}
  for (const mode of ['FULL', 'NORMAL']) {
    const store = openStore(path.join(work, `ingestion-${mode}.sqlite`))
    store.pragma(`synchronous = ${mode}`)
    const runs = new RunStore(store, new Reserve(work))
    const run = runs.begin({ experimentId: 0, name: 'r', startTime: begin, user: '' })
    const batches = Array.from({ length: 100 }, (_, place) =>
      Array.from({ length: 10_000 }, (_, i) => ({
        key: `m${i % 10}`,
        value: Math.sin(i),
        step: Math.floor((place * 10_000 + i) / 10),
        timestamp: begin + i,
      })),
    )
    const from = performance.now()
    for (const points of batches) runs.logMetrics(run, points)
    rates[mode === 'FULL' ? 'syncedPointsPerSecond' : 'killSafePointsPerSecond'] = Math.round(
      1e9 / (performance.now() - from),
    )
    runs.close()
    store.close()
  }
  return rates
}

const ratios = (own: Times, peer: Times): Times =>
  Object.fromEntries(
    Object.entries(own).map(([name, seconds]) => [name, rounded((peer[name] ?? Number.NaN) / seconds)]),
  )
const roundedAll = (times: Times): Times =>
  Object.fromEntries(Object.entries(times).map(([name, seconds]) => [name, rounded(seconds)]))

/** This engine and `mlflow server` with SQLite, one after the other: through Python's client, and over plain HTTP. */
export async function trackingBench(): Promise<object> {
  const peer = await mlflowPython()
  process.once('SIGTERM', () => {
    killAll()
    process.exit(143)
  })
  const work = await mkdtemp(path.join(tmpdir(), 'glyphlab-bench-'))
  try {
    const rates = await ingestion(work)
    console.error(JSON.stringify(rates))
    if ('missing' in peer)
      return { cores: cpus().length, scale, size, ingestion: rates, mlflow: peer.missing }
    const { python } = peer
    const home = path.join(work, 'home')
    await runOrThrow('mkdir', ['-p', home])
    seedOwn(home)
    const port = await freePort()
    const cli = path.join(root, 'core/host/cli.ts')
    const flags = ['--disable-warning=ExperimentalWarning', cli, 'serve', '--port', '0']
    const own = await serve(pinnedNode, [...flags, '--mlflow', String(port), '--home', home], port, work)
    const ownTimes = { client: await withClient(python, own, work), http: await overHttp(own) }
    await stop(own)
    console.error(JSON.stringify(ownTimes))

    const file = path.join(work, 'mlflow.db')
    const uri = `sqlite:///${file}`
    const program = path.join(path.dirname(python), 'mlflow')
    const environment = environmentIn(work)
    await runOrThrow(program, ['db', 'upgrade', uri], { env: environment, cwd: work })
    const seed = path.join(root, 'build/bench/tracking-seed.py')
    const seeded = [file, size.searchedRuns, size.fetchedRuns, size.steps].map(String)
    // The first start makes the experiment "Default".
    const first = await freePort()
    const serverArgs = (at: number) => [
      ...['server', '--backend-store-uri', uri, '--artifacts-destination', path.join(work, 'artifacts')],
      ...['--host', '127.0.0.1', '--port', String(at)],
    ]
    await stop(await serve(program, serverArgs(first), first, work))
    await runOrThrow(python, [seed, ...seeded], { env: environment, cwd: work })
    const second = await freePort()
    const mlflow = await serve(program, serverArgs(second), second, work)
    const mlflowTimes = { client: await withClient(python, mlflow, work), http: await overHttp(mlflow) }
    await stop(mlflow)
    return {
      cores: cpus().length,
      scale,
      size,
      ingestion: rates,
      seconds: {
        glyphlab: { client: roundedAll(ownTimes.client), http: roundedAll(ownTimes.http) },
        mlflow: { client: roundedAll(mlflowTimes.client), http: roundedAll(mlflowTimes.http) },
      },
      timesAsFast: {
        client: ratios(ownTimes.client, mlflowTimes.client),
        http: ratios(ownTimes.http, mlflowTimes.http),
      },
    }
  } finally {
    killAll()
    await rm(work, { recursive: true, force: true })
  }
}
