import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { idx } from '../../core/datasets/importers/idx.ts'
import { scanFolder } from '../../core/datasets/scan.ts'
import { dvcProgram } from '../dvc.ts'
import { dist, pinnedNode } from '../paths.ts'
import { runOrThrow } from '../run-command.ts'
import { sharedData } from './shared-data.ts'

const fileCount = 15_000
const rounds = 3
const cli = path.join(dist, 'engine', 'cli.js')
const decodeFiles = fileURLToPath(new URL('./decode-files.ts', import.meta.url))

/** Seconds until a command has printed its first line, its start included. (The check that follows an import is not waited for.) */
async function secondsToAnswer(args: string[], cwd: string): Promise<number> {
  const from = performance.now()
  const child = spawn(pinnedNode, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const line = await Promise.race([
    new Promise<string>((resolve) => child.stdout.once('data', (chunk) => resolve(String(chunk)))),
    ended,
  ])
  const taken = (performance.now() - from) / 1000
  if (!line?.includes('digest')) throw new Error(`${args.join(' ')} did not import: ${line}`)
  child.kill('SIGKILL')
  await ended
  return taken
}

/** Seconds that a command takes, its start included. */
async function seconds(command: string, args: string[], cwd: string): Promise<number> {
  const from = performance.now()
  await runOrThrow(command, args, { cwd, timeoutMs: 600_000 })
  return (performance.now() - from) / 1000
}

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
const rounded = (value: number): number => Math.round(value * 100) / 100

/** Writes the first pictures of Fashion-MNIST as PNG files, a folder for each class. */
async function writeClassFolders(source: string, folder: string): Promise<void> {
  const { candidates } = await idx.plan({ root: source, scan: await scanFolder(source), options: {} })
  for (const label of new Set(candidates.map((candidate) => candidate.label)))
    await mkdir(path.join(folder, label), { recursive: true })
  for (const { path: name, label, read } of candidates.slice(0, fileCount)) {
    const file = path.join(folder, label, name.replace('/', '-'))
    await writeFile(
      file,
      await sharp(await read())
        .png()
        .toBuffer(),
    )
  }
}

async function importOnce(
  source: string,
  work: string,
  round: number,
): Promise<{ seconds: number; home: string }> {
  const home = path.join(work, `home-${round}`)
  await mkdir(home)
  const args = [cli, 'datasets', 'import', source, '--name', 'bench', '--home', home, '--json']
  return { seconds: await secondsToAnswer(args, work), home }
}

/** Thumbnails of photos with 100 px a side, asked for over HTTP 16 at a time, in thumbnails/s; then again from the disk. */
async function thumbnailRates(photos: string, work: string): Promise<object> {
  const home = path.join(work, 'photos-home')
  await mkdir(home)
  const small = path.join(work, 'photos')
  const { files } = await scanFolder(photos)
  await mkdir(path.join(small, 'photo'), { recursive: true })
  let written = 0
  for (const { file } of files) {
    if (!/\.jpe?g$/i.test(file.toString())) continue
    const target = path.join(small, 'photo', `${written}.jpg`)
    await sharp(file.toString()).rotate().resize(100, 100, { fit: 'cover' }).jpeg().toFile(target)
    written += 1
  }
  await runOrThrow(pinnedNode, [cli, 'datasets', 'import', small, '--name', 'photos', '--home', home])
  const server = spawn(pinnedNode, [cli, 'serve', '--home', home, '--port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const line = await new Promise<string>((resolve) =>
      server.stdout.once('data', (chunk) => resolve(String(chunk))),
    )
    const { origin, searchParams } = new URL((JSON.parse(line) as { url: string }).url)
    const signedIn = await fetch(`${origin}/?token=${searchParams.get('token')}`, { redirect: 'manual' })
    const headers = { cookie: signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '', origin }
    const ask = async (procedure: string, input: object) => {
      const response = await fetch(`${origin}/rpc/${procedure}`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(input),
      })
      return (await response.json()) as { id: string; items: { hash: string }[] }
    }
    const { id } = await ask('datasets.version', { name: 'photos' })
    const { items } = await ask('datasets.samples', { versionId: id, offset: 0, limit: 5_000 })
    const hashes = [...new Set(items.map(({ hash }) => hash))]
    const rate = async () => {
      const from = performance.now()
      let next = 0
      const lane = async () => {
        while (next < hashes.length) {
          const response = await fetch(`${origin}/thumbnails/${hashes[next++]}?size=64`, { headers })
          if (!response.ok) throw new Error(`thumbnail: ${response.status} ${await response.text()}`)
          await response.arrayBuffer()
        }
      }
      await Promise.all(Array.from({ length: 16 }, lane))
      return Math.round(hashes.length / ((performance.now() - from) / 1000))
    }
    return { photos: hashes.length, madePerSecond: await rate(), fromDiskPerSecond: await rate() }
  } finally {
    server.kill('SIGTERM')
  }
}

/**
 * Import in pictures/s: 70,000 pictures from IDX, and 15,000 PNG files in class folders; beside it, on the same files in
 * the same rounds, `sha256sum`, reading and decoding each file with sharp, and `dvc add`. Targets: at most 1.5 times
 * `sha256sum` and decoding together; at least 5 times as fast as `dvc add`.
 */
export async function datasetsBench(): Promise<object> {
  const fashion = sharedData('cls-fashion-mnist-gz')
  const photos = sharedData('cls-sign-language-digits')
  if (!fashion || !photos)
    return {
      skipped: 'the real inputs (cls-fashion-mnist-gz, cls-sign-language-digits) are not in ../shared/data',
    }
  const peer = await dvcProgram()
  const work = await mkdtemp(path.join(tmpdir(), 'glyphlab-bench-'))
  try {
    const folder = path.join(work, 'pictures')
    await writeClassFolders(fashion, folder)
    const times: Record<'glyphlab' | 'sha256sum' | 'decode' | 'dvc' | 'idx', number[]> = {
      glyphlab: [],
      sha256sum: [],
      decode: [],
      dvc: [],
      idx: [],
    }
    for (let round = 0; round < rounds; round++) {
      times.sha256sum.push(
        await seconds('sh', ['-c', 'find pictures -type f -print0 | xargs -0 sha256sum > /dev/null'], work),
      )
      const decoded = JSON.parse(await runOrThrow(pinnedNode, [decodeFiles, folder])) as { ms: number }
      times.decode.push(decoded.ms / 1000)
      const own = await importOnce(folder, work, round)
      times.glyphlab.push(own.seconds)
      await rm(own.home, { recursive: true })
      const fromIdx = await importOnce(fashion, work, round)
      times.idx.push(fromIdx.seconds)
      await rm(fromIdx.home, { recursive: true })
      if ('dvc' in peer) {
        const repository = path.join(work, `dvc-${round}`)
        await mkdir(repository)
        await runOrThrow(peer.dvc, ['init', '--no-scm', '-q'], { cwd: repository })
        await runOrThrow('cp', ['-r', folder, repository])
        times.dvc.push(await seconds(peer.dvc, ['add', '-q', 'pictures'], repository))
        await rm(repository, { recursive: true })
      }
    }
    const own = median(times.glyphlab)
    const least = median(times.sha256sum) + median(times.decode)
    return {
      cores: cpus().length,
      classFolders: {
        files: fileCount,
        seconds: rounded(own),
        picturesPerSecond: Math.round(fileCount / own),
        sha256sumSeconds: rounded(median(times.sha256sum)),
        decodeSeconds: rounded(median(times.decode)),
        ratioToSha256sumAndDecode: rounded(own / least),
        ...('dvc' in peer
          ? { dvcAddSeconds: rounded(median(times.dvc)), timesAsFastAsDvc: rounded(median(times.dvc) / own) }
          : { dvc: peer.missing }),
      },
      idx: {
        pictures: 70_000,
        seconds: rounded(median(times.idx)),
        picturesPerSecond: Math.round(70_000 / median(times.idx)),
      },
      thumbnails: await thumbnailRates(photos, work),
    }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
