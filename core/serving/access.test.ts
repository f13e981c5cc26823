import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { accessByKeyFile } from './access.ts'
import { addKey, type KeyScope } from './api-keys.ts'
import { type AuditLog, openAuditLog, verifyAuditLog } from './audit-log.ts'
import { loadClassifier } from './classifier.ts'
import type { ServerApp } from './http-context.ts'
import { listen, type RunningServer } from './listen.ts'
import { Readiness } from './readiness.ts'
import { servedClassifier } from './served-classifier.ts'
import type { ServedClassifier } from './served-model.ts'
import { createServer } from './server.ts'
import { defaultLimits } from './settings.ts'
import { makeSmallModel, shippedPicture } from './testing/small-model.ts'
import { Traffic } from './traffic.ts'

let folder: string
let model: ServedClassifier
let picture: Uint8Array<ArrayBuffer>
const closing: (() => unknown)[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glyphlab keys '))
  const classifier = await loadClassifier((await makeSmallModel()).directory)
  model = servedClassifier(classifier, { name: 'signs', version: 3, digest: classifier.digest })
  picture = new Uint8Array(await shippedPicture('classify/hand-sign-2.JPG'))
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const key = async (file: string, scopes: KeyScope[], ratePerSecond: number | null = null) =>
  (await addKey(file, { name: 'test', scopes, ratePerSecond, burst: ratePerSecond, expires: null })).key

interface Started {
  app: ServerApp
  server: RunningServer
  url: string
  file: string
  auditFile: string
  audit: AuditLog
  /** The audit log's lines in the server's log. */
  logged: Record<string, unknown>[]
}

async function start(): Promise<Started> {
  const own = await mkdtemp(join(folder, 'case-'))
  const file = join(own, 'keys.json')
  await key(file, ['admin'])
  const access = await accessByKeyFile(file, () => {}, 20)
  const auditFile = join(own, 'audit.jsonl')
  const logged: Record<string, unknown>[] = []
  const audit = openAuditLog(auditFile, (_, message, fields) => logged.push({ message, ...fields }))
  const traffic = await Traffic.open([model, { ...model, version: 4 }], { directory: join(own, 'traffic') })
  const readiness = new Readiness(async () => {})
  readiness.ready()
  const app = createServer({ traffic, readiness, limits: defaultLimits, log: () => {}, access, audit })
  const server = await listen(app, { host: '127.0.0.1', port: 0, limits: defaultLimits })
  closing.push(
    () => server.drain(0),
    () => access.close(),
    () => audit.close(),
  )
  return { app, server, url: `http://127.0.0.1:${server.port}`, file, auditFile, audit, logged }
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

it('answers nothing but health without a key, whatever the route', async () => {
  const { app, url } = await start()
  const answered = new Set<string>()
  const tried = app.routes.filter(({ method }) => method !== 'ALL')
  expect(tried.length).toBeGreaterThan(15)
  for (const { method, path } of tried) {
    const concrete = path.replace(':model', 'signs').replace(':version', '3')
    const body = method === 'GET' ? null : '{}'
    const { status } = await fetch(`${url}${concrete}`, { method, body })
    if (status !== 401) answered.add(path)
  }
  expect([...answered].sort()).toEqual([
    '/healthz',
    '/livez',
    '/readyz',
    '/v2/health/live',
    '/v2/health/ready',
  ])
  expect((await fetch(`${url}/unknown`)).status).toBe(401)
})

it('turns down a wrong key, a missing scope and too many requests, and records each in the audit log', async () => {
  const { url, file, auditFile } = await start()
  const predict = await key(file, ['predict'], 2)
  await sleep(120)
  const post = (token: string, path = '/v1/predict') =>
    fetch(`${url}${path}`, { method: 'POST', body: picture, headers: bearer(token) })
  expect((await post('glk_00000000_wrong')).status).toBe(401)
  expect((await post(predict)).status).toBe(200)
  expect((await post(predict, '/v1/admin/rollback')).status).toBe(403)
  const late = await post(predict)
  expect(late.status).toBe(429)
  expect(late.headers.get('retry-after')).toBe('1')
  const text = await readFile(auditFile, 'utf8')
  const actions = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).action)
  expect(actions).toEqual(['unauthorised', 'forbidden', 'rate-limited'])
  expect(text).not.toContain(predict)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readFile(file, 'utf8')).not.toContain(predict)
})

it('takes a key back without a restart, and keeps the old ones while the file is damaged', async () => {
  const { url, file } = await start()
  const metrics = await key(file, ['metrics'])
  await sleep(120)
  const status = async () => (await fetch(`${url}/metrics`, { headers: bearer(metrics) })).status
  expect(await status()).toBe(200)
  const text = await readFile(file, 'utf8')
  await writeFile(file, 'damaged')
  await sleep(120)
  expect(await status()).toBe(200)
  const { keys } = JSON.parse(text)
  await writeFile(file, JSON.stringify({ keys: keys.slice(0, 1) }))
  await expect.poll(status).toBe(401)
})

it('promotes and rolls back by an admin key, recorded in a chain that shows a change', async () => {
  const { url, file, auditFile, logged } = await start()
  const admin = await key(file, ['admin', 'predict'])
  await sleep(120)
  const call = (path: string, body: object) =>
    fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body), headers: bearer(admin) })
  const version = async () => {
    const response = await fetch(`${url}/v1/predict`, {
      method: 'POST',
      body: picture,
      headers: bearer(admin),
    })
    return (await response.json()).version
  }
  expect(await version()).toBe(3)
  expect((await call('/v1/admin/promote', { version: 5 })).status).toBe(404)
  expect((await call('/v1/admin/promote', { version: 4 })).status).toBe(200)
  expect(await version()).toBe(4)
  expect((await call('/v1/admin/rollback', {})).status).toBe(200)
  expect(await version()).toBe(3)
  expect(verifyAuditLog(auditFile).sequence).toBe(2)
  expect(logged).toMatchObject([
    { message: 'audit', path: '/v1/admin/promote', status: 200 },
    { message: 'audit', path: '/v1/admin/rollback', status: 200 },
  ])
  const text = await readFile(auditFile, 'utf8')
  await writeFile(auditFile, text.replace('"status":200', '"status":201'))
  expect(() => verifyAuditLog(auditFile)).toThrow('line 1 does not follow')
  await writeFile(auditFile, `${text}{"half`)
  expect(verifyAuditLog(auditFile).sequence).toBe(2)
})

it('does not let callers without a key fill the disk with audit entries', async () => {
  const { url, auditFile } = await start()
  for (let i = 0; i < 40; i += 1) await fetch(`${url}/v2`)
  const lines = (await readFile(auditFile, 'utf8')).trimEnd().split('\n')
  expect(lines.length).toBeLessThan(15)
})

it('gives a browser without a key the page with a field for one, as a refusal', async () => {
  const { url } = await start()
  const response = await fetch(url, { headers: { accept: 'text/html' } })
  expect(response.status).toBe(401)
  expect(await response.text()).toContain('API key')
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect((await fetch(url)).headers.get('content-type')).toContain('json')
})
