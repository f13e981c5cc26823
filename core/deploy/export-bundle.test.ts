import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleManifest, goldenAnswers } from '../domain/bundle.ts'
import { createTesseractEngine } from '../ocr/engines/tesseract.ts'
import { addKey } from '../serving/api-keys.ts'
import { loadClassifier, manifestDigest } from '../serving/classifier.ts'
import { loadRecogniser } from '../serving/recogniser.ts'
import { serviceDescription } from '../serving/service-description.ts'
import { makeSmallModel, shippedPicture } from '../serving/testing/small-model.ts'
import { makeSmallRecogniser } from '../training/testing/small-recogniser.ts'
import { exportBundle } from './export-bundle.ts'
import { makeSigningKey } from './signature.ts'
import type { BundleSubject } from './subject.ts'
import { makeServerDirectory } from './testing/server-directory.ts'

const serverMain = fileURLToPath(new URL('../serving/server-main.ts', import.meta.url))
const languageDirectory = fileURLToPath(
  new URL('../../node_modules/@tesseract.js-data/eng/4.0.0_best_int', import.meta.url),
)
const targets = ['docker']
const signingKey = makeSigningKey()

/** With a space and a letter beyond ASCII in its path; removed at the end. */
let work: string
let subject: BundleSubject & { kind: 'model' }
let serverDirectory: string

async function modelSubject(seed = 7): Promise<BundleSubject & { kind: 'model' }> {
  const { directory, digest } = await makeSmallModel(seed)
  const classifier = await loadClassifier(directory)
  const golden = await Promise.all(
    ['hand-sign-2.JPG', 'hand-sign-7.JPG'].map(async (name) => {
      const bytes = await shippedPicture(`classify/${name}`)
      return { name, bytes, prediction: await classifier.classify(bytes, name) }
    }),
  )
  classifier.dispose()
  return {
    kind: 'model',
    modelDirectory: directory,
    modelName: 'Hand "signs"',
    version: 3,
    digest,
    engine: 'tfjs',
    golden,
  }
}

type Request = Parameters<typeof exportBundle>[0]
/** An export of the small model, but for what is said otherwise. */
const exported = (choice: Pick<Request, 'directory'> & Partial<Request>) =>
  exportBundle({
    targets,
    signingKey,
    describeService: serviceDescription,
    subject,
    serverDirectory,
    ...choice,
  })

const newFolder = async () => join(await mkdtemp(join(work, 'export ')), 'bundle')

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'glyphlab deploy ü '))
  subject = await modelSubject()
  serverDirectory = await makeServerDirectory(work, { native: true })
})

afterAll(() => rm(work, { recursive: true, force: true }))

describe('exportBundle', () => {
  it('writes everything that an image needs, and a manifest with the digest of every file', async () => {
    const directory = await newFolder()
    const steps: number[] = []
    const onProgress = ({ value }: { value: number }) => steps.push(value)
    const result = await exported({
      directory,
      onProgress,
    })

    const manifest = bundleManifest.parse(
      JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8')),
    )
    expect(manifest).toMatchObject({
      name: 'Hand "signs"',
      version: 3,
      digest: subject.digest,
      platform: 'linux/amd64',
    })
    const entries = await readdir(directory, { recursive: true, withFileTypes: true })
    const written = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    expect(
      manifest.files
        .map(({ path }) => path)
        .concat('manifest.json', 'manifest.json.sig')
        .sort(),
    ).toEqual(written.sort())
    for (const file of manifest.files) {
      const bytes = await readFile(join(directory, file.path))
      expect(file).toMatchObject({
        bytes: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
      })
    }
    for (const path of [
      'Dockerfile',
      '.dockerignore',
      'README.md',
      'LICENSE',
      'healthcheck.mjs',
      'model/glyphlab-model.json',
      'model/weights.bin',
      'golden/input-001.jpg',
      'server/server-main.js',
      'server/wasm/tfjs-backend-wasm-simd.wasm',
      'server/node_modules/@img/sharp-linux-x64/package.json',
    ]) {
      expect(written).toContain(path)
    }
    expect(written.filter((path) => path.endsWith('.map'))).toEqual([])
    expect(result.payloadBytes).toBeLessThan(25e6)
    expect(steps).toEqual([...steps].sort((a, b) => a - b))
    expect(steps.at(-1)).toBe(1)
    expect((await stat(directory)).mode & 0o777).toBe(0o755)
  })

  it('gives a Dockerfile that runs as node, asks no network and carries the digests', async () => {
    const directory = await newFolder()
    await exported({
      directory,
    })
    const text = await readFile(join(directory, 'Dockerfile'), 'utf8')
    expect(text).toContain('USER node')
    expect(text).toMatch(/HEALTHCHECK .*CMD \["node"/)
    expect(text).toContain(`org.glyphlab.digest="${subject.digest}"`)
    expect(text).toContain('org.glyphlab.model="Hand \\"signs\\""')
    expect(text).not.toMatch(/npm|curl|apt-get|^# *syntax/m)
    const readme = await readFile(join(directory, 'README.md'), 'utf8')
    expect(readme).toContain('docker build --network none -t glyphlab-hand-signs:3 .')
    expect(readme).toContain('curl -F image=@golden/input-001.jpg http://127.0.0.1:8080/v1/predict')
  })

  it('lets the image install the packages, by a lock, when no part for Linux is at hand', async () => {
    const directory = await newFolder()
    const foreign = await makeServerDirectory(work, { native: false })
    const { manifest } = await exported({
      serverDirectory: foreign,
      directory,
    })
    expect(manifest.platform).toBe('any')
    expect(manifest.files.some(({ path }) => path.startsWith('server/node_modules/'))).toBe(false)
    expect(await readFile(join(directory, 'Dockerfile'), 'utf8')).toContain('npm ci --omit=dev')
    const lock = JSON.parse(await readFile(join(directory, 'server/package-lock.json'), 'utf8'))
    const description = JSON.parse(await readFile(join(directory, 'server/package.json'), 'utf8'))
    expect(lock.packages[''].dependencies).toEqual(description.dependencies)
    expect(Object.keys(lock.packages)).toContain('node_modules/@img/sharp-linux-arm64')
    expect(Object.keys(lock.packages)).not.toContain('node_modules/electron')
  })

  it('refuses a folder that holds anything, even an earlier export, and leaves it as it was', async () => {
    const directory = await newFolder()
    await mkdir(directory)
    await exported({
      directory,
    })
    await expect(
      exported({
        directory,
      }),
    ).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('choose a new or empty folder'),
    })
    const file = join(await newFolder(), '..', 'file')
    await writeFile(file, 'mine')
    await expect(
      exported({
        directory: file,
      }),
    ).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    expect(await readFile(file, 'utf8')).toBe('mine')
  })

  it('leaves nothing when it is cancelled or the model is damaged, and names the damaged file', async () => {
    const directory = await newFolder()
    const controller = new AbortController()
    const cancelled = exported({
      directory,
      signal: controller.signal,
      onProgress: ({ value }) => value > 0.5 && controller.abort(),
    })
    await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' })
    const damaged = await modelSubject()
    await appendFile(join(damaged.modelDirectory, 'weights.bin'), 'x')
    await expect(
      exported({
        subject: damaged,
        directory,
      }),
    ).rejects.toMatchObject({
      code: 'DAMAGED',
      message: expect.stringContaining('weights.bin'),
    })
    expect(await readdir(join(directory, '..'))).toEqual([])
  })

  it('shows no folder when its process is killed, and the next export clears what was left', async () => {
    const directory = await newFolder()
    const script = `
      const { exportBundle, makeSigningKey } = await import(${JSON.stringify(new URL('index.ts', import.meta.url).href)})
      const subject = JSON.parse(process.env.SUBJECT, (key, value) => value?.type === 'Buffer' ? Buffer.from(value.data) : value)
      const onProgress = ({ value }) => { console.log(value) }
      await exportBundle({ targets: ['docker'], signingKey: makeSigningKey(), describeService: async () => ({}), subject, serverDirectory: process.env.SERVER, directory: process.env.OUT, onProgress })`
    const small = { ...subject, golden: [{ ...subject.golden[0], bytes: Buffer.from('a picture') }] }
    const env = { ...process.env, SUBJECT: JSON.stringify(small), SERVER: serverDirectory, OUT: directory }
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), 5))
    await new Promise((resolve) => child.once('exit', resolve))
    const left = await readdir(join(directory, '..'))
    expect(left).toHaveLength(1)
    expect(left[0]).toMatch(/^\.bundle\.exporting-/)
    await exported({
      directory,
    })
    expect(await readdir(join(directory, '..'))).toEqual(['bundle'])
  })

  it('says what is missing when the server was not built', async () => {
    const directory = await newFolder()
    const empty = await mkdtemp(join(work, 'empty-'))
    await expect(
      exported({
        serverDirectory: empty,
        directory,
      }),
    ).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('npm run build'),
    })
    await expect(
      exported({
        targets: ['moon'],
        directory,
      }),
    ).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('docker'),
    })
  })

  it('comes with a script that finds a changed file', async () => {
    const directory = await newFolder()
    await exported({
      directory,
    })
    const verify = () => promisify(execFile)(process.execPath, [join(directory, 'verify.mjs')])
    expect((await verify()).stdout).toContain('files are as they were exported')
    await appendFile(join(directory, 'model', 'weights.bin'), 'x')
    await expect(verify()).rejects.toMatchObject({
      stderr: expect.stringContaining('model/weights.bin: changed'),
    })
  })
})

interface Started {
  lines: Record<string, unknown>[]
  exit: Promise<number | null>
  url(): Promise<string>
  kill(): void
}

/** Runs the server on an exported bundle, as its container does. */
function start(directory: string, more: Record<string, string> = {}): Started {
  const env = { ...process.env, GLYPHLAB_BUNDLE: directory, HOST: '127.0.0.1', PORT: '0', ...more }
  const child = spawn(process.execPath, [serverMain], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: Record<string, unknown>[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)))
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve))
  return {
    lines,
    exit,
    async url() {
      while (!lines.some(({ message }) => message === 'ready')) {
        if (child.exitCode !== null) throw new Error(`the server ended: ${JSON.stringify(lines)}`)
        await sleep(20)
      }
      return `http://127.0.0.1:${lines.find(({ message }) => message === 'listening')?.['port']}`
    },
    kill: () => void child.kill('SIGTERM'),
  }
}

async function askFor(url: string, path: string, bytes: Buffer): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}${path}`, { method: 'POST', body: new Uint8Array(bytes) })
  return (await response.json()) as Record<string, unknown>
}

describe('the exported server', () => {
  it('keeps its port closed until it is ready, where that is set', async () => {
    const directory = await newFolder()
    await exported({ directory })
    const server = start(directory, { GLYPHLAB_LISTEN_WHEN_READY: 'true' })
    const url = await server.url()
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    server.kill()
    expect(await server.exit).toBe(0)
    const [listening, ready] = ['listening', 'ready'].map((name) =>
      server.lines.findIndex(({ message }) => message === name),
    )
    expect((ready ?? 0) - (listening ?? 0)).toBe(1)
  })

  it('answers as the app does and ends calmly on SIGTERM', async () => {
    const directory = await newFolder()
    await exported({
      directory,
    })
    const server = start(directory)
    const [golden] = subject.golden
    const answer = await askFor(await server.url(), '/v1/predict', golden?.bytes ?? Buffer.alloc(0))
    expect(answer['label']).toBe(golden?.prediction.label)
    const probabilities = (answer['probabilities'] as { probability: number }[]).map(
      ({ probability }) => probability,
    )
    expect(probabilities).toEqual(golden?.prediction.probabilities)
    const description = await (await fetch(`${await server.url()}/openapi.json`)).json()
    expect(JSON.parse(await readFile(join(directory, 'openapi.json'), 'utf8'))).toEqual(description)
    server.kill()
    expect(await server.exit).toBe(0)
    expect(server.lines.at(-1)).toMatchObject({ message: 'ended' })
  })

  it('answers with onnxruntime when that was chosen: in the bundle then, and nowhere else', async () => {
    const withRuntime = await makeServerDirectory(work, { native: true, onnxruntime: true })
    const classifier = await loadClassifier(subject.modelDirectory, { engine: 'onnxruntime' })
    const golden = await Promise.all(
      subject.golden.map(async ({ name, bytes }) => ({
        name,
        bytes,
        prediction: await classifier.classify(bytes, name),
      })),
    )
    const directory = await newFolder()
    const written = await exported({
      subject: { ...subject, engine: 'onnxruntime', golden },
      serverDirectory: withRuntime,
      directory,
    })
    expect(written.manifest.engine).toBe('onnxruntime')
    expect(written.runtimeBytes).toBeGreaterThan(10e6)
    expect(written.totalBytes).toBeLessThan(120e6)
    const paths = written.manifest.files.map(({ path }) => path)
    expect(paths.filter((path) => /adm-zip|global-agent|win32|darwin/.test(path))).toEqual([])
    const server = start(directory)
    const [first] = golden
    const answer = await askFor(await server.url(), '/v1/predict', first?.bytes ?? Buffer.alloc(0))
    expect(answer['label']).toBe(first?.prediction.label)
    server.kill()
    expect(await server.exit).toBe(0)

    const plain = await exported({
      serverDirectory: withRuntime,
      directory: await newFolder(),
    })
    expect(plain.runtimeBytes).toBe(0)

    const later = { ...subject, version: 4, engine: 'onnxruntime' as const, golden }
    const mixed = await exported({
      subject: { ...subject, further: [later] },
      serverDirectory: withRuntime,
      directory: await newFolder(),
    })
    expect(mixed.runtimeBytes).toBe(written.runtimeBytes)
  })

  it('reads text as the app does', async () => {
    const directory = await newFolder()
    const engine = createTesseractEngine({ languageDirectory })
    const bytes = await shippedPicture('ocr/simple.png')
    const reading = await engine.read(bytes, 'simple.png')
    await engine.close()
    const ocr: BundleSubject = {
      kind: 'ocr',
      languageDirectory,
      golden: [{ name: 'simple.png', bytes, reading }],
    }
    const server = start(await exportOcr(ocr, directory))
    const answer = await askFor(await server.url(), '/v1/ocr', bytes)
    expect(answer).toMatchObject({
      ...reading,
      durationMs: expect.any(Number),
      request_id: expect.any(String),
    })
    const served = await (await fetch(`${await server.url()}/openapi.json`)).json()
    expect(JSON.parse(await readFile(join(directory, 'openapi.json'), 'utf8'))).toEqual(served)
    const features = [{ type: 'TEXT_DETECTION' }]
    const vision = { requests: [{ image: { content: bytes.toString('base64') }, features }] }
    const annotated = await askFor(
      await server.url(),
      '/v1/images:annotate',
      Buffer.from(JSON.stringify(vision)),
    )
    const [first] = annotated['responses'] as { textAnnotations: { description: string }[] }[]
    const description = expect.stringContaining(reading.words[0]?.text ?? '?')
    expect(first?.textAnnotations[0]).toMatchObject({ description })
    server.kill()
    expect(await server.exit).toBe(0)
  })

  it('reads lines with a recogniser as the app does, and refuses to start where it would not', async () => {
    const modelDirectory = await makeSmallRecogniser()
    const recogniser = await loadRecogniser(modelDirectory)
    const line = { left: 36, top: 92, width: 544, height: 30 }
    const bytes = await sharp(await shippedPicture('ocr/phototest.tif'))
      .extract(line)
      .png()
      .toBuffer()
    const text = await recogniser.read(bytes, 'line.png')
    recogniser.dispose()
    expect(text).not.toBe('')
    const directory = await newFolder()
    const lines: BundleSubject = {
      kind: 'line-recogniser',
      modelDirectory,
      modelName: 'Letters',
      version: 2,
      digest: await manifestDigest(modelDirectory),
      engine: 'tfjs',
      golden: [{ name: 'line.png', bytes, text }],
    }
    const { manifest, commands } = await exported({
      targets: ['compose', 'kubernetes'],
      subject: lines,
      directory,
    })
    expect(manifest).toMatchObject({ kind: 'line-recogniser', name: 'Letters' })
    expect(commands.map(({ command }) => command).join()).toContain('golden/input-001.png')
    const server = start(directory)
    const url = await server.url()
    expect(await askFor(url, '/v1/read', bytes)).toMatchObject({ model: 'Letters', version: 2, text })
    const tensor = { name: 'picture', datatype: 'BYTES', shape: [1], data: [bytes.toString('base64')] }
    const inferred = await askFor(
      url,
      '/v2/models/Letters/infer',
      Buffer.from(JSON.stringify({ inputs: [tensor] })),
    )
    expect(inferred['outputs']).toMatchObject([{ name: 'text', data: [text] }])
    expect((await askFor(url, '/v1/read', Buffer.from('no')))['error']).toMatchObject({
      code: 'UNREADABLE_FILE',
    })
    expect(await (await fetch(`${url}/`)).text()).toContain('data-endpoint="/v1/read"')
    const description = await (await fetch(`${url}/openapi.json`)).json()
    expect(JSON.parse(await readFile(join(directory, 'openapi.json'), 'utf8'))).toEqual(description)
    server.kill()
    expect(await server.exit).toBe(0)

    const file = join(directory, 'golden', 'expected.json')
    await writeFile(file, (await readFile(file, 'utf8')).replace('"text": "', '"text": "z'))
    const changed = start(directory)
    expect(await changed.exit).toBe(1)
    expect(changed.lines.at(-1)?.['message']).toContain('input-001.png (line.png)')
  })

  it('brings further versions along, which an admin key promotes', async () => {
    const directory = await newFolder()
    const other = await modelSubject(11)
    const further = [{ ...other, version: 4 }]
    await exported({
      subject: { ...subject, further },
      directory,
    })
    const keys = join(directory, '..', 'keys.json')
    const wanted = { name: '', ratePerSecond: null, burst: null, expires: null }
    const { key } = await addKey(keys, { ...wanted, scopes: ['admin', 'predict'] })
    const state = join(directory, '..', 'state')
    const bytes = new Uint8Array(subject.golden[0]?.bytes ?? Buffer.alloc(0))
    const headers = { authorization: `Bearer ${key}` }
    const audit = join(directory, '..', 'audit')
    const environment = { GLYPHLAB_KEYS_FILE: keys, GLYPHLAB_STATE: state, GLYPHLAB_AUDIT_LOG: audit }
    const server = start(directory, environment)
    const beside = start(directory, { ...environment, GLYPHLAB_AUDIT_LOG: join(audit, 'of another host') })
    const [url, besideUrl] = await Promise.all([server.url(), beside.url()])
    const predict = async (at: string) => {
      const response = await fetch(`${at}/v1/predict`, { method: 'POST', headers, body: bytes })
      return (await response.json()) as { version: number; label: string }
    }
    const promotion = { method: 'POST', headers, body: JSON.stringify({ version: 4 }) }
    const promoted = await fetch(`${url}/v1/admin/promote`, promotion)
    expect([promoted.status, ((await promoted.json()) as { generation: number }).generation]).toEqual([
      200, 1,
    ])
    const versions: number[] = []
    while (versions.at(-1) !== 4 && versions.length < 1_000) versions.push((await predict(besideUrl)).version)
    expect(new Set(versions)).toEqual(new Set([subject.version, 4]))
    const status = await fetch(`${besideUrl}/v1/admin/traffic`, { headers })
    expect(await status.json()).toMatchObject({ generation: 1, policy: { versions: [{ version: '4' }] } })
    server.kill()
    beside.kill()
    expect([await server.exit, await beside.exit]).toEqual([0, 0])
    expect(beside.lines).toContainEqual(
      expect.objectContaining({ message: 'traffic policy followed', generation: 1 }),
    )
    const again = start(directory, environment)
    const { version, label } = await predict(await again.url())
    expect({ version, label }).toEqual({ version: 4, label: other.golden[0]?.prediction.label })
    again.kill()
    expect(await again.exit).toBe(0)
  })

  it('ends with code 1 and names the picture when a golden answer differs', async () => {
    const directory = await newFolder()
    await exported({
      directory,
    })
    const file = join(directory, 'golden', 'expected.json')
    const answers = goldenAnswers.parse(JSON.parse(await readFile(file, 'utf8')))
    const second = answers.items[1]
    if (!second || !('prediction' in second)) throw new Error('no second answer')
    second.prediction.probabilities[0] = (second.prediction.probabilities[0] ?? 0) + 2e-5
    await writeFile(file, JSON.stringify(answers))
    const server = start(directory)
    expect(await server.exit).toBe(1)
    expect(server.lines.at(-1)).toMatchObject({
      level: 'error',
      code: 'DAMAGED',
      message: expect.stringContaining('input-002.jpg (hand-sign-7.JPG)'),
    })
    expect(server.lines.some(({ message }) => message === 'ready')).toBe(false)
  })

  it('ends with code 1 and names the file when the model is damaged', async () => {
    const directory = await newFolder()
    await exported({
      directory,
    })
    await appendFile(join(directory, 'model', 'weights.bin'), 'x')
    const server = start(directory)
    expect(await server.exit).toBe(1)
    expect(server.lines.at(-1)?.['message']).toContain('weights.bin')
  })
})

async function exportOcr(ocr: BundleSubject, directory: string): Promise<string> {
  const built = await makeServerDirectory(work, { native: true })
  for (const name of ['tesseract.js', 'tesseract.js-core']) {
    const folder = join(built, 'node_modules', name)
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'package.json'), JSON.stringify({ name, version: '7.0.0' }))
  }
  await exported({
    subject: ocr,
    serverDirectory: built,
    directory,
  })
  return directory
}
