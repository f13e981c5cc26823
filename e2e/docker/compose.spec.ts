import { chmod, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { expect, test } from '@playwright/test'
import { composeImage, composeProgram } from '../../build/compose-images.ts'
import { root } from '../../build/paths.ts'
import { run, runOrThrow } from '../../build/run-command.ts'
import type { ExportedBundle, ImportedLog, OcrReading, ServedSummary } from '../../core/contract/index.ts'
import { imageTag } from '../../core/deploy/names.ts'
import { temporaryHome } from '../app.ts'
import { commandLine } from '../command-line.ts'
import { docker } from './container.ts'

const picture = path.join(root, 'data', 'ocr', 'simple.png')

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

/** The stack of an exported bundle, started as its README says; removed by `await using`. */
async function startStack(bundle: string) {
  const program = await composeProgram()
  if (!program) throw new Error('compose was there a moment ago')
  const ports = { service: await freePort(), prometheus: await freePort(), grafana: await freePort() }
  const file = path.join(bundle, 'compose.yaml')
  const text = await readFile(file, 'utf8')
  const project = /^name: (.*)$/m.exec(text)?.[1] ?? ''
  // Debian's compose is of 2021 and does not know the project's name yet.
  if (!program.current) await writeFile(file, text.replace(/^name: .*\n/m, ''))
  const env = {
    ...process.env,
    COMPOSE_PROJECT_NAME: project,
    GLYPHLAB_PORT: String(ports.service),
    GLYPHLAB_PROMETHEUS_PORT: String(ports.prometheus),
    GLYPHLAB_GRAFANA_PORT: String(ports.grafana),
  }
  const [command = '', ...first] = program.command
  const compose = (...args: string[]) =>
    runOrThrow(command, [...first, ...args], { cwd: bundle, env, timeoutMs: 120_000 })
  return {
    project,
    compose,
    replicas: async (colour: string) => (await compose('ps', '-q', colour)).trim().split('\n'),
    service: `http://127.0.0.1:${ports.service}`,
    prometheus: `http://127.0.0.1:${ports.prometheus}`,
    script: (colour: string) =>
      run('sh', [path.join(bundle, 'blue-green.sh'), colour], { env, cwd: '/', timeoutMs: 120_000 }),
    [Symbol.asyncDispose]: async () => {
      await run(command, [...first, '--profile', 'green', 'down', '--volumes', '--timeout', '3'], {
        cwd: bundle,
        env,
        timeoutMs: 120_000,
      })
    },
  }
}

async function statusOf(url: string): Promise<number> {
  return fetch(url).then(
    ({ status }) => status,
    () => 0,
  )
}

async function read(service: string, key: string): Promise<{ status: number; text: string }> {
  const body = new Uint8Array(await readFile(picture))
  const response = await fetch(`${service}/v1/ocr`, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${key}` },
  })
  return { status: response.status, text: ((await response.json()) as OcrReading).text }
}

const timesReady = async (replica: string): Promise<number> =>
  (await docker('logs', replica)).split('"message":"ready"').length - 1

/** Asks without a pause, at six connections, for the service's description and for the text of a picture by turns. */
function startLoad(service: string, key: string) {
  const started = performance.now()
  const counts = { GET: 0, POST: 0 }
  const failures: string[] = []
  let going = true
  let slowestMs = 0
  const ask = async (post: boolean) => {
    if (post) return read(service, key).then(({ status, text }) => (status === 200 && text ? null : status))
    const response = await fetch(`${service}/openapi.json`, { headers: { authorization: `Bearer ${key}` } })
    await response.json()
    return response.status === 200 ? null : response.status
  }
  const asking = Array.from({ length: 6 }, async (_, index) => {
    for (let turn = index; going; turn += 1) {
      const method = turn % 2 === 0 ? 'GET' : 'POST'
      const asked = performance.now()
      const failed = await ask(method === 'POST').catch((cause: unknown) => String(cause))
      counts[method] += 1
      slowestMs = Math.max(slowestMs, Math.round(performance.now() - asked))
      if (failed !== null) failures.push(`${method} after ${Math.round(asked - started)} ms: ${failed}`)
    }
  })
  return {
    stop: async () => {
      going = false
      await Promise.all(asking)
      return { ...counts, failures, slowestMs, seconds: Math.round((performance.now() - started) / 1000) }
    },
  }
}

/** Reads a golden picture inside a replica, from itself. */
const askItself = `
  const body = require('node:fs').readFileSync('/app/golden/' + process.argv[1])
  const headers = { authorization: 'Bearer ' + process.argv[2] }
  fetch('http://127.0.0.1:8080/v1/ocr', { method: 'POST', body, headers })
    .then((response) => response.json())
    .then(({ text, words }) => console.log(JSON.stringify({ text, words })))`

async function query<T>(prometheus: string, address: string): Promise<T> {
  const response = await fetch(`${prometheus}/api/v1/${address}`)
  return ((await response.json()) as { data: T }).data
}

test('two replicas, a balancer and Prometheus come up, and the version changes without a failed request', async () => {
  test.skip((await composeProgram()) === null, 'neither docker compose nor docker-compose is installed')
  for (const image of ['balancer', 'prometheus'] as const) {
    const found = await composeImage(image)
    test.skip('missing' in found, 'missing' in found ? found.missing : '')
  }
  await using home = await temporaryHome()
  const glyphlab = commandLine(home.path)
  const bundle = path.join(home.path, 'bundle')
  const [exported] = await glyphlab<ExportedBundle>(
    'deploy',
    'export',
    'ocr',
    '--target',
    'compose',
    '--option',
    'compose.keys=true',
    '--option',
    'compose.predictionLog=true',
    '--out',
    bundle,
  )
  const keysFile = path.join(bundle, 'secrets', 'keys.json')
  const makeKey = async (scope: string) => {
    const [made] = await glyphlab<{ key: string }>('deploy', 'key', '--file', keysFile, '--scope', scope)
    return made?.key ?? ''
  }
  const key = await makeKey('predict')
  const metricsKey = path.join(bundle, 'monitoring', 'prometheus', 'secrets', 'metrics-key')
  await writeFile(metricsKey, await makeKey('metrics'), { mode: 0o644 })
  await chmod(keysFile, 0o644)
  if (!exported) throw new Error('nothing was exported')
  const grafana = await composeImage('grafana')
  const services = ['blue', 'balancer', 'prometheus', ...('missing' in grafana ? [] : ['grafana'])]
  if ('missing' in grafana) console.log(`Grafana is left out: ${grafana.missing}`)

  await docker('build', '--network', 'none', '-t', imageTag(exported), bundle)
  await using stack = await startStack(bundle)
  await stack.compose('config', '--quiet')
  await stack.compose('up', '--detach', '--no-build', ...services)
  await expect
    .poll(() => statusOf(`${stack.service}/readyz`), { timeout: 60_000, intervals: [250] })
    .toBe(200)
  expect(await statusOf(`${stack.service}/metrics`)).toBe(404)

  const replicas = await stack.replicas('blue')
  expect(replicas).toHaveLength(2)
  for (const replica of replicas) {
    await expect
      .poll(() => docker('inspect', '-f', '{{.State.Health.Status}}', replica), { timeout: 60_000 })
      .toContain('healthy')
  }
  const golden = (await readdir(path.join(bundle, 'golden'))).find((name) => name.startsWith('input-')) ?? ''
  const answers = await Promise.all(
    replicas.map((replica) => docker('exec', replica, 'node', '-e', askItself, golden, key)),
  )
  expect(answers[0]).toContain('"text":"')
  expect(answers[1]).toBe(answers[0])

  await test.step('nobody gets in without a key, and what was asked lies in the log that the replicas share', async () => {
    expect((await read(stack.service, 'glk_00000000_wrong')).status).toBe(401)
    expect(await statusOf(`${stack.service}/openapi.json`)).toBe(401)
    const [replica = ''] = replicas
    const logged = async () => {
      // The lines are written a moment after the answer, and so is the file.
      const lines = await docker('exec', replica, 'sh', '-c', 'cat /predictions/*.jsonl || true')
      return lines.match(/"request_id"/g)?.length ?? 0
    }
    await expect.poll(logged, { timeout: 10_000 }).toBeGreaterThanOrEqual(2)
    const audited = await docker('exec', replica, 'sh', '-c', 'cat /audit/audit-*.jsonl')
    expect(audited).toContain('"action":"unauthorised"')
  })

  await test.step('the targets are up and each query of the dashboard returns data', async () => {
    interface Target {
      labels: { job: string }
      health: string
    }
    const up = async () => {
      const { activeTargets } = await query<{ activeTargets: Target[] }>(stack.prometheus, 'targets')
      return activeTargets.map(({ labels, health }) => `${labels.job} ${health}`).sort()
    }
    await expect
      .poll(up, { timeout: 40_000 })
      .toEqual(['balancer up', 'glyphlab up', 'glyphlab up', 'prometheus up'])
    const dashboard = JSON.parse(
      await readFile(path.join(bundle, 'monitoring', 'grafana', 'dashboards', 'service.json'), 'utf8'),
    ) as { panels: { targets: { expr: string }[] }[] }
    const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
    const silent = async () => {
      const results = await Promise.all(
        expressions.map((expression) =>
          query<{ result: unknown[] }>(stack.prometheus, `query?query=${encodeURIComponent(expression)}`),
        ),
      )
      return expressions.filter((_, index) => results[index]?.result.length === 0)
    }
    await expect.poll(silent, { timeout: 40_000 }).toEqual([])
    interface Rules {
      groups: { rules: { name: string; health: string; state: string }[] }[]
    }
    const { groups } = await query<Rules>(stack.prometheus, 'rules')
    const rules = groups.flatMap((group) => group.rules)
    expect(rules.length).toBeGreaterThan(5)
    expect(rules.filter(({ health, state }) => health !== 'ok' || state === 'firing')).toEqual([])
  })

  await test.step('what Prometheus has of the service comes home', async () => {
    for (let i = 0; i < 3; i += 1) expect((await read(stack.service, key)).status).toBe(200)
    interface Vector {
      result: { value: [number, string] }[]
    }
    const asked = encodeURIComponent('sum(increase(glyphlab_predictions_total[10m]))')
    const counted = async () => {
      const { result } = await query<Vector>(stack.prometheus, `query?query=${asked}`)
      return Number(result[0]?.value[1] ?? 0)
    }
    await expect.poll(counted, { timeout: 40_000 }).toBeGreaterThanOrEqual(3)
    const now = Date.now() / 1000
    const series = encodeURIComponent('{__name__=~"glyphlab_.*|ocr_.*"}')
    const answer = await fetch(
      `${stack.prometheus}/api/v1/query_range?query=${series}&start=${now - 600}&end=${now}&step=5`,
    )
    const file = path.join(home.path, 'range.json')
    await writeFile(file, await answer.text())
    const [imported] = await glyphlab<ImportedLog>('deploy', 'import-log', file, '--name', 'ocr service')
    expect(imported).toMatchObject({ files: 1, brokenCount: 0 })
    const [summary] = await glyphlab<ServedSummary>('deploy', 'log', 'ocr service')
    expect(summary?.metrics).toMatchObject({ failures: 0, refused: 0, versions: [{ model: 'ocr' }] })
    expect(summary?.metrics?.predictions).toBeGreaterThanOrEqual(3)
    expect(summary?.metrics?.p95Ms).toBeGreaterThan(1)
  })

  await test.step('each replica is restarted, replaced and killed while requests come in, and none fails', async () => {
    const load = startLoad(stack.service, key)
    for (const replica of replicas) {
      await docker('restart', replica)
      await expect.poll(() => timesReady(replica), { timeout: 60_000, intervals: [250] }).toBe(2)
    }
    for (const replica of replicas) {
      const others = await stack.replicas('blue')
      await docker('stop', replica)
      await docker('rm', replica)
      await stack.compose('up', '--detach', '--no-build', '--no-deps', 'blue')
      const [added = ''] = (await stack.replicas('blue')).filter((id) => !others.includes(id))
      await expect.poll(() => timesReady(added), { timeout: 60_000, intervals: [250] }).toBe(1)
    }
    for (const replica of await stack.replicas('blue')) {
      const before = await timesReady(replica)
      await docker('kill', '--signal', 'KILL', replica)
      // What was killed by hand is not started again by itself.
      await docker('start', replica)
      await expect.poll(() => timesReady(replica), { timeout: 60_000, intervals: [250] }).toBe(before + 1)
    }
    const { failures, ...counts } = await load.stop()
    const text = `${counts.GET} GET and ${counts.POST} POST in ${counts.seconds} s, ${failures.length} failed, the slowest ${counts.slowestMs} ms`
    test.info().annotations.push({ type: 'measured', description: text })
    console.log(`replicas restarted, replaced and killed: ${text}`)
    expect(failures).toEqual([])
    expect(Math.min(counts.GET, counts.POST)).toBeGreaterThan(100)
  })

  await test.step('green takes over from blue while requests come in', async () => {
    let moving = true
    const outcomes: { status: number; text: string }[] = []
    const asking = (async () => {
      while (moving) outcomes.push(await read(stack.service, key).catch(() => ({ status: 0, text: '' })))
    })()
    const { code, output } = await stack.script('green')
    moving = false
    await asking
    expect([code, output]).toEqual([0, expect.stringContaining('moving the balancer to green')])
    expect(outcomes.length).toBeGreaterThan(3)
    expect(outcomes.filter(({ status }) => status !== 200)).toEqual([])
    expect(new Set(outcomes.map(({ text }) => text)).size).toBe(1)
    expect(output).toMatch(/green \S+ \S+ running healthy/)
    expect(output).not.toMatch(/blue \S+ \S+ running/)
    expect((await read(stack.service, key)).text).toBe(outcomes[0]?.text)
  })
})

/** A trained classifier with two versions, and its bundle for Compose; keys are wanted. */
async function exportTwoVersions(home: string, bundle: string) {
  const glyphlab = commandLine(home)
  const name = 'Hand signs'
  await glyphlab('datasets', 'import', path.join(root, 'data/datasets/sign-language-digits'), '--name', name)
  for (const [seed, alias] of [
    ['1', 'champion'],
    ['2', 'challenger'],
  ] as const) {
    const [training] = await glyphlab<{ run: string }>(
      ...['train', '--dataset', name, '--epochs', '1', '--seed', seed, '--backend', 'wasm'],
    )
    await glyphlab('models', 'register', training?.run ?? '', '--name', name, '--alias', alias)
  }
  const [exported] = await glyphlab<ExportedBundle>(
    ...['deploy', 'export', `${name}@champion`, '--with', `${name}@challenger`],
    ...['--target', 'compose', '--option', 'compose.keys=true', '--out', bundle],
  )
  if (!exported) throw new Error('nothing was exported')
  const keysFile = path.join(bundle, 'secrets', 'keys.json')
  const scopes = ['--scope', 'admin', '--scope', 'predict']
  const [made] = await glyphlab<{ key: string }>('deploy', 'key', '--file', keysFile, ...scopes)
  await chmod(keysFile, 0o644)
  return { exported, key: made?.key ?? '' }
}

/** What a replica says of its traffic, asked inside it. */
const trafficOfItself = `
  fetch('http://127.0.0.1:8080/v1/admin/traffic', { headers: { authorization: 'Bearer ' + process.argv[1] } })
    .then((response) => response.json())
    .then(({ generation, policy }) => console.log(generation + ' ' + policy.versions.map(({ version }) => version)))`

test('one call through the balancer promotes and rolls back at all replicas, and no request fails', async () => {
  test.skip((await composeProgram()) === null, 'neither docker compose nor docker-compose is installed')
  const found = await composeImage('balancer')
  test.skip('missing' in found, 'missing' in found ? found.missing : '')
  await using home = await temporaryHome()
  const bundle = path.join(home.path, 'bundle')
  const { exported, key } = await exportTwoVersions(home.path, bundle)
  await docker('build', '--network', 'none', '-t', imageTag(exported), bundle)
  await using stack = await startStack(bundle)
  await stack.compose('up', '--detach', '--no-build', 'blue', 'balancer')
  const replicas = await stack.replicas('blue')
  expect(replicas).toHaveLength(2)
  for (const replica of replicas)
    await expect.poll(() => timesReady(replica), { timeout: 60_000, intervals: [250] }).toBe(1)
  await expect.poll(() => statusOf(`${stack.service}/readyz`), { timeout: 30_000 }).toBe(200)

  const headers = { authorization: `Bearer ${key}` }
  const body = new Uint8Array(await readFile(path.join(root, 'data', 'classify', 'hand-sign-2.JPG')))
  const answered: string[] = []
  let going = true
  const asking = Array.from({ length: 4 }, async () => {
    while (going) {
      const response = await fetch(`${stack.service}/v1/predict`, { method: 'POST', headers, body })
      const { version } = (await response.json()) as { version: number }
      answered.push(`${response.status} version ${version}`)
    }
  })
  const tell = async (call: string, told: object = {}) => {
    const options = { method: 'POST', headers, body: JSON.stringify(told) }
    const response = await fetch(`${stack.service}/v1/admin/${call}`, options)
    return { status: response.status, ...((await response.json()) as { generation: number }) }
  }
  const states = () =>
    Promise.all(
      replicas.map(async (replica) =>
        (await docker('exec', replica, 'node', '-e', trafficOfItself, key)).trim(),
      ),
    )
  expect(await states()).toEqual(['0 1', '0 1'])
  expect(await tell('promote', { version: 2 })).toMatchObject({ status: 200, generation: 1 })
  await expect.poll(states, { timeout: 10_000 }).toEqual(['1 2', '1 2'])
  expect(await tell('rollback')).toMatchObject({ status: 200, generation: 2 })
  await expect.poll(states, { timeout: 10_000 }).toEqual(['2 1', '2 1'])
  expect(await tell('promote', { version: 2 })).toMatchObject({ status: 200, generation: 3 })
  await expect.poll(states, { timeout: 10_000 }).toEqual(['3 2', '3 2'])
  const then = answered.length
  await expect.poll(() => answered.length - then, { timeout: 10_000 }).toBeGreaterThan(20)
  going = false
  await Promise.all(asking)
  expect(new Set(answered)).toEqual(new Set(['200 version 1', '200 version 2']))
  // The requests of before the state was seen have ended by then.
  expect(new Set(answered.slice(then + 4))).toEqual(new Set(['200 version 2']))
  const [replica = ''] = replicas
  await docker('restart', replica)
  await expect.poll(() => timesReady(replica), { timeout: 60_000, intervals: [250] }).toBe(2)
  expect(await states()).toEqual(['3 2', '3 2'])
})
