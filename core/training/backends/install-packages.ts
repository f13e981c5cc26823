import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cp, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { type BackendId, GlyphlabError } from '../../contract/index.ts'
import { isDiskFull } from '../../domain/disk-full.ts'
import type { BackendInstall } from './backend.ts'

export interface PackageInstallation {
  id: BackendId
  install: BackendInstall
  /** Folder with the `package.json` and `package-lock.json` that came with the app. */
  recipe: string
  /** Appears whole or not at all; an older one is replaced. */
  target: string
  signal: AbortSignal
  onProgress(fetched: number, total: number): void
  onLine(line: string): void
}

/** npm writes one such line an archive that it has fetched. */
const fetchedLine = /^npm (http|verbose) .*\.tgz/
const mostLines = 200

/**
 * Installs the packages of a backend with the machine's npm, at the versions and digests of the lock file.
 * @throws GlyphlabError UNAVAILABLE, with npm's reason and the command to do it by hand; CANCELLED; DISK_FULL
 */
export async function installPackages(installation: PackageInstallation): Promise<void> {
  const { install, recipe, target, onProgress, onLine } = installation
  const total = await packagesIn(recipe)
  const fresh = `${target}.new-${randomBytes(4).toString('hex')}`
  try {
    await mkdir(fresh, { recursive: true })
    for (const file of ['package.json', 'package-lock.json']) await cp(join(recipe, file), join(fresh, file))
    const lines: string[] = []
    let fetched = 0
    onProgress(0, total)
    const code = await runNpm(fresh, installation, (line) => {
      if (fetchedLine.test(line)) {
        fetched = Math.min(total, fetched + 1)
        return onProgress(fetched, total)
      }
      if (line.startsWith('npm http')) return
      lines.push(line)
      if (lines.length > mostLines) lines.shift()
      onLine(line)
    })
    if (installation.signal.aborted) throw cancelled(install)
    if (code !== 0) throw failure(installation, lines)
    await replace(fresh, target)
  } catch (cause) {
    await rm(fresh, { recursive: true, force: true }).catch(() => undefined)
    if (!isDiskFull(cause)) throw cause
    throw new GlyphlabError(
      'DISK_FULL',
      `${target}: the disk is full. Free ${Math.round((4 * install.downloadBytes) / 1e6)} MB and try again.`,
    )
  }
}

async function packagesIn(recipe: string): Promise<number> {
  const { packages } = JSON.parse(await readFile(join(recipe, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { optional?: boolean }>
  }
  return Object.keys(packages).filter((name) => name !== '').length
}

/** Resolves with npm's exit code. Its programs run with the Node that the app runs with. */
function runNpm(
  folder: string,
  { recipe, install, target, signal }: PackageInstallation,
  onLine: (line: string) => void,
): Promise<number | null> {
  const windows = process.platform === 'win32'
  const options = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=http']
  return new Promise((resolve, reject) => {
    if (signal.aborted) return resolve(null)
    const child = spawn('npm', ['ci', ...options, ...(install.scripts ? [] : ['--ignore-scripts'])], {
      cwd: folder,
      // A group of its own, so that a cancel ends what npm has started too.
      detached: !windows,
      shell: windows,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PATH: dirname(process.execPath) + delimiter + (process.env['PATH'] ?? '') },
    })
    const end = () => {
      if (child.pid === undefined) return
      if (windows) spawn('taskkill', ['/pid', String(child.pid), '/t', '/f'], { stdio: 'ignore' })
      else process.kill(-child.pid, 'SIGKILL')
    }
    signal.addEventListener('abort', end, { once: true })
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => line.trim() !== '' && onLine(line))
    child.once('error', (cause: NodeJS.ErrnoException) => {
      signal.removeEventListener('abort', end)
      const why = cause.code === 'ENOENT' ? 'npm was not found on this machine' : cause.message
      reject(
        new GlyphlabError(
          'UNAVAILABLE',
          `${named(install)} can't be installed: ${why}. Install Node.js with npm and try again. ${byHand(recipe, target)}`,
        ),
      )
    })
    child.once('close', (code) => {
      signal.removeEventListener('abort', end)
      resolve(code)
    })
  })
}

const offline = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT)\b/

const tellingLine = /\bError: |\bcode E[A-Z]+|failed, reason|not found/

function failure({ recipe, install, target }: PackageInstallation, lines: readonly string[]): GlyphlabError {
  const complaints = lines
    .filter((line) => line.startsWith('npm error'))
    .map((line) => line.slice('npm error'.length).trim())
  const telling = complaints.filter((line) => tellingLine.test(line))
  const reason = (telling.length > 0 ? telling : complaints.length > 0 ? complaints : lines)
    .slice(0, 2)
    .join('; ')
    .slice(0, 400)
  const text = lines.join('\n')
  const remedy = text.includes('EINTEGRITY')
    ? 'What was fetched is not what this version of the app was made with: nothing of it was kept. Is a proxy changing it?'
    : text.includes('npm error command ')
      ? "The packages came, but their installer could not fetch or build the library; the job's log has all that it said."
      : offline.test(text)
        ? 'Is this machine connected, and may it reach the package registry?'
        : "The job's log has all that npm said."
  return new GlyphlabError(
    'UNAVAILABLE',
    `${named(install)} could not be installed: ${reason}. ${remedy} ${byHand(recipe, target)}`,
  )
}

const named = ({ packages }: BackendInstall): string => packages.join(' with ')

const byHand = (recipe: string, target: string): string =>
  `By hand: copy the files of ${recipe} into ${target} and run "npm ci" there, or do so on a machine of the same kind and bring its node_modules.`

const cancelled = (install: BackendInstall): GlyphlabError =>
  new GlyphlabError('CANCELLED', `The installation of ${named(install)} was cancelled; nothing was kept.`)

/** A folder can't be renamed over a full one. */
async function replace(fresh: string, target: string): Promise<void> {
  const old = `${target}.old-${randomBytes(4).toString('hex')}`
  const hadOld = await rename(target, old).then(
    () => true,
    () => false,
  )
  await rename(fresh, target)
  if (hadOld) await rm(old, { recursive: true, force: true })
}
