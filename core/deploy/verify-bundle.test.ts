import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadClassifier } from '../serving/classifier.ts'
import { serviceDescription } from '../serving/service-description.ts'
import { makeSmallModel, shippedPicture } from '../serving/testing/small-model.ts'
import { exportBundle } from './export-bundle.ts'
import { loadSigningKey, makeSigningKey } from './signature.ts'
import { deployTargets } from './targets/index.ts'
import { makeServerDirectory } from './testing/server-directory.ts'
import { checkBundleFiles } from './verify-bundle.ts'

const program = promisify(execFile)
const signingKey = makeSigningKey()
let work: string
let directory: string

/** Runs with a file of the bundle changed, and puts it back. */
async function changed(path: string, run: () => Promise<void>): Promise<void> {
  const file = join(directory, path)
  const before = await readFile(file)
  const bytes = Buffer.from(before)
  const middle = bytes.length >> 1
  bytes[middle] = (bytes[middle] ?? 0) ^ 1
  await writeFile(file, bytes)
  try {
    await run()
  } finally {
    await writeFile(file, before)
  }
}

const verify = (...args: string[]) => program(process.execPath, [join(directory, 'verify.mjs'), ...args])

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'glyphlab verify ü '))
  const model = await makeSmallModel()
  const classifier = await loadClassifier(model.directory)
  const bytes = await shippedPicture('classify/hand-sign-2.JPG')
  const prediction = await classifier.classify(bytes, 'sign')
  classifier.dispose()
  directory = join(work, 'bundle')
  await exportBundle({
    targets: deployTargets.map(({ id }) => id),
    signingKey,
    describeService: serviceDescription,
    subject: {
      kind: 'model',
      modelDirectory: model.directory,
      modelName: 'Hand "signs" *new*',
      version: 3,
      digest: model.digest,
      engine: 'tfjs',
      golden: [{ name: 'hand-sign-2.JPG', bytes, prediction }],
    },
    serverDirectory: await makeServerDirectory(work, { native: true }),
    directory,
  })
})
afterAll(() => rm(work, { recursive: true, force: true }))

describe('a signed bundle', () => {
  it('is found to be what was exported, by whom, for every target', async () => {
    const { manifest, signedBy, problems } = await checkBundleFiles(directory)
    expect(problems).toEqual([])
    expect(signedBy).toBe(signingKey.fingerprint)
    expect(manifest.targets).toEqual(deployTargets.map(({ id }) => id))
    expect((await verify('--fingerprint', signingKey.fingerprint)).stdout).toContain(signingKey.fingerprint)
    expect((await stat(join(directory, 'blue-green.sh'))).mode & 0o111).toBe(0o111)
  })

  it.each(['model/weights.bin', 'compose.yaml', 'kubernetes/base/deployment.yaml', 'verify.mjs'])(
    'names %s when one bit of it is changed',
    async (path) => {
      await changed(path, async () => {
        expect((await checkBundleFiles(directory)).problems).toEqual([`${path}: changed since the export`])
        if (path === 'verify.mjs') return
        await expect(verify()).rejects.toMatchObject({ stderr: `${path}: changed since the export\n` })
      })
    },
  )

  it('does not pass with a manifest that was made to fit, or with another key', async () => {
    const manifest = await readFile(join(directory, 'manifest.json'), 'utf8')
    await writeFile(join(directory, 'manifest.json'), manifest.replace('"version": 3', '"version": 4'))
    expect(await checkBundleFiles(directory)).toMatchObject({
      signedBy: null,
      problems: [expect.stringContaining('manifest.json: not what')],
    })
    await expect(verify()).rejects.toMatchObject({ stderr: expect.stringContaining('manifest.json') })
    await writeFile(join(directory, 'manifest.json'), manifest)
    const other = makeSigningKey().fingerprint
    await expect(verify('--fingerprint', other)).rejects.toMatchObject({
      stderr: expect.stringContaining(`another key than ${other}`),
    })
  })

  it('names a file that was slipped in where the image would take it along', async () => {
    const file = join(directory, 'server', 'extra.js')
    await writeFile(file, '')
    expect((await checkBundleFiles(directory)).problems).toEqual([
      'server/extra.js: not one of the exported files',
    ])
    await rm(file)
  })

  it('says what to choose when the folder is no bundle', async () => {
    await expect(checkBundleFiles(work)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('Choose the folder of an exported bundle'),
    })
  })

  it('tells in its README how to run each of its targets', async () => {
    const readme = await readFile(join(directory, 'README.md'), 'utf8')
    for (const command of [
      `node verify.mjs --fingerprint ${signingKey.fingerprint}`,
      'docker build --network none -t glyphlab-hand-signs-new:3 .',
      'docker compose up --detach',
      'kubectl apply -k kubernetes/overlays/production',
      'kubectl apply -f argocd/staging.yaml',
      '.github/workflows/ci-cd.yml',
      'Jenkinsfile',
      'node load-test.mjs',
    ]) {
      expect(readme).toContain(command)
    }
    expect(readme).toContain('# Hand "signs" \\*new\\*')
  })

  it('lists what is inside', async () => {
    const parts = JSON.parse(await readFile(join(directory, 'sbom.cdx.json'), 'utf8')) as {
      components: { type: string; name: string; version: string; purl?: string }[]
    }
    expect(parts.components.map(({ type, name }) => `${type} ${name}`)).toEqual(
      expect.arrayContaining([
        'machine-learning-model Hand "signs" *new*',
        'library hono',
        'library sharp',
        'library sharp-linux-x64',
      ]),
    )
    expect(parts.components.find(({ name }) => name === 'sharp')?.purl).toMatch(/^pkg:npm\/sharp@\d/)
  })

  it('measures a service and says when requests fail', async () => {
    let asked = 0
    const server = createServer((request, response) => {
      request.resume().on('end', () => {
        asked += 1
        response.writeHead(request.url === '/v1/predict' && asked !== 5 ? 200 : 503).end('{}')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
    const args = [join(directory, 'load-test.mjs'), url, '--seconds', '0.5', '--connections', '2', '--json']
    const failed = await program(process.execPath, args).catch((cause: { stdout: string }) => cause)
    expect(JSON.parse(failed.stdout)).toMatchObject({ failed: 1, outcomes: { 503: 1 } })
    const { stdout } = await program(process.execPath, args)
    const result = JSON.parse(stdout) as Record<string, number>
    expect(result).toMatchObject({ connections: 2, failed: 0 })
    expect(result['requestsPerSecond']).toBeGreaterThan(10)
    expect(result['p99Ms']).toBeGreaterThanOrEqual(result['p50Ms'] ?? Number.NaN)
    server.close()
  })
})

describe('the key that signs', () => {
  it('is made once, for its user alone, and refused when it is damaged', async () => {
    const file = join(work, 'keys', 'bundles.pem')
    const first = await loadSigningKey(file)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await loadSigningKey(file)).fingerprint).toBe(first.fingerprint)
    expect(first.publicKey).not.toContain('PRIVATE')
    await writeFile(file, 'nothing')
    await expect(loadSigningKey(file)).rejects.toMatchObject({
      code: 'DAMAGED',
      message: expect.stringContaining('move it away, and a new key is made'),
    })
  })
})
