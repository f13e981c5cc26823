import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { mlflowPython } from '../mlflow.ts'
import { pinnedNode, root } from '../paths.ts'
import { runOrThrow } from '../run-command.ts'
import { overHttp } from './tracking-http.ts'
import { ingestion, seedOwn } from './tracking-seed.ts'
import { environmentIn, freePort, killAll, serve, serveNothing, stop } from './tracking-servers.ts'
import { limitSeconds, type Measurements, scale, size } from './tracking-size.ts'

const clientLimitMs = 6 * limitSeconds * 1_000 + 120_000

async function withClient(
  python: string,
  url: string,
  work: string,
  searches: number = size.searches,
): Promise<Measurements> {
  const script = path.join(root, 'build/bench/tracking-client.py')
  const { createdRuns, points, fetchedRuns, steps } = size
  const numbers = [limitSeconds, createdRuns, points, searches, fetchedRuns, steps].map(String)
  const output = await runOrThrow(python, [script, url, ...numbers], {
    env: environmentIn(work),
    cwd: work,
    timeoutMs: clientLimitMs,
  })
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as Measurements
}

interface Sides {
  client: Measurements
  http: Measurements
}

async function measureBoth(python: string, url: string, work: string): Promise<Sides> {
  const sides = { client: await withClient(python, url, work), http: await overHttp(url) }
  console.error(JSON.stringify({ [url]: sides }))
  return sides
}

async function measureOwn(python: string, work: string): Promise<Sides> {
  const home = path.join(work, 'home')
  await mkdir(home)
  seedOwn(home)
  const port = await freePort()
  const cli = path.join(root, 'core/host/cli.ts')
  const flags = ['--disable-warning=ExperimentalWarning', cli, 'serve', '--port', '0', '--home', home]
  const own = await serve(pinnedNode, [...flags, '--mlflow', String(port)], port, work)
  try {
    return await measureBoth(python, own.url, work)
  } finally {
    await stop(own)
  }
}

async function measureMlflow(python: string, work: string): Promise<Sides> {
  const file = path.join(work, 'mlflow.db')
  const uri = `sqlite:///${file}`
  const program = path.join(path.dirname(python), 'mlflow')
  const start = async () => {
    const port = await freePort()
    const stores = ['--backend-store-uri', uri, '--artifacts-destination', path.join(work, 'artifacts')]
    // Started through its Python: the program's first line names the folder where it was installed.
    const args = [program, 'server', ...stores, '--host', '127.0.0.1', '--port', String(port)]
    return serve(python, args, port, work)
  }
  // The first start makes the tables and the experiment "Default".
  await stop(await start())
  const seed = path.join(root, 'build/bench/tracking-seed.py')
  const seeded = [file, size.searchedRuns, size.fetchedRuns, size.steps].map(String)
  await runOrThrow(python, [seed, ...seeded], { cwd: work, timeoutMs: 600_000 })
  const mlflow = await start()
  try {
    return await measureBoth(python, mlflow.url, work)
  } finally {
    await stop(mlflow)
  }
}

const threeDigits = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(3)) : value

const ratios = (own: Measurements, peer: Measurements): Record<string, number | null> =>
  Object.fromEntries(
    Object.entries(own).map(([name, mine]) => {
      const theirs = peer[name]
      const both = theirs && 'perSecond' in theirs && 'perSecond' in mine
      return [name, both ? mine.perSecond / theirs.perSecond : null]
    }),
  )

/** This engine and `mlflow server` with SQLite, one after the other: through Python's client, and over plain HTTP. */
export async function trackingBench(): Promise<object> {
  const peer = await mlflowPython()
  process.once('SIGTERM', () => {
    killAll()
    process.exit(143)
  })
  const work = await mkdtemp(path.join(tmpdir(), 'glyphlab-bench-'))
  try {
    const facts = { cores: cpus().length, scale, size, limitSeconds, ingestion: ingestion(work) }
    console.error(JSON.stringify(facts.ingestion))
    if ('missing' in peer) return { ...facts, mlflow: peer.missing }
    const { python } = peer
    const loadBefore = loadavg()[0]
    const nothing = await serveNothing(size.steps)
    const alone = await withClient(python, nothing.url, work, 0).finally(nothing.close)
    const glyphlab = await measureOwn(python, work)
    const mlflow = await measureMlflow(python, work)
    const result = {
      ...facts,
      comparedBy: `rates: both stores are filled alike, and each measurement ends after ${limitSeconds} s, so that the slower one does a smaller share of it`,
      load: { before: loadBefore, after: loadavg()[0] },
      clientByItself: alone,
      glyphlab,
      mlflow,
      timesAsFast: {
        client: ratios(glyphlab.client, mlflow.client),
        atMostWithThatClient: ratios(alone, mlflow.client),
        http: ratios(glyphlab.http, mlflow.http),
      },
    }
    return JSON.parse(JSON.stringify(result, threeDigits)) as object
  } finally {
    killAll()
    await rm(work, { recursive: true, force: true })
  }
}
