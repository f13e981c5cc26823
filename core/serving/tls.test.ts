import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadClassifier } from './classifier.ts'
import { listen } from './listen.ts'
import { Readiness } from './readiness.ts'
import { servedClassifier } from './served-classifier.ts'
import { createServer } from './server.ts'
import { defaultLimits, readSettings } from './settings.ts'
import { makeSmallModel } from './testing/small-model.ts'
import { Traffic } from './traffic.ts'

const openssl = ['/usr/bin/openssl', '/opt/homebrew/bin/openssl'].find((file) => existsSync(file))
const why = openssl ? '' : ' (left out: openssl, which makes the certificate, is not installed)'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'glyphlab tls '))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function ask(port: number, ca: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path: '/readyz', ca, agent: false }, (response) => {
      response.resume()
      response.once('end', () => resolve(response.statusCode ?? 0))
    })
    asked.once('error', reject)
    asked.end()
  })
}

describe.skipIf(!openssl)(`a server that was given a certificate${why}`, () => {
  it('answers by TLS those who trust it, and nobody in the clear', async () => {
    const [certificateFile, keyFile] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')]
    execFileSync(
      openssl ?? '',
      [
        ...[
          'req',
          '-x509',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:prime256v1',
          '-nodes',
          '-days',
          '2',
        ],
        ...['-subj', '/CN=glyphlab', '-addext', 'subjectAltName=IP:127.0.0.1'],
        ...['-keyout', keyFile, '-out', certificateFile],
      ],
      { stdio: 'ignore' },
    )
    const given = { GLYPHLAB_TLS_CERT_FILE: certificateFile, GLYPHLAB_TLS_KEY_FILE: keyFile }
    const { tls } = readSettings({ ...given, GLYPHLAB_BUNDLE: folder }, folder)
    const classifier = await loadClassifier((await makeSmallModel()).directory)
    const model = servedClassifier(classifier, { name: 'signs', version: 1, digest: classifier.digest })
    const readiness = new Readiness(async () => {})
    readiness.ready()
    const traffic = await Traffic.open([model])
    const app = createServer({ traffic, readiness, limits: defaultLimits, log: () => {} })
    const server = await listen(app, { host: '127.0.0.1', port: 0, limits: defaultLimits, tls })
    try {
      expect(await ask(server.port, await readFile(certificateFile, 'utf8'))).toBe(200)
      await expect(ask(server.port, undefined)).rejects.toThrow(/self-signed/)
      await expect(fetch(`http://127.0.0.1:${server.port}/readyz`)).rejects.toThrow()
    } finally {
      await server.drain(0)
    }
  })

  it('says which file is missing', () => {
    const given = { GLYPHLAB_TLS_CERT_FILE: path.join(folder, 'none.pem'), GLYPHLAB_TLS_KEY_FILE: 'none.key' }
    expect(() => readSettings({ ...given, GLYPHLAB_BUNDLE: folder }, folder)).toThrow(
      path.join(folder, 'none.pem'),
    )
  })
})
