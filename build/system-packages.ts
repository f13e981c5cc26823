import { readFileSync } from 'node:fs'
import { run, runOrThrow, which } from './run-command.ts'

const desktopLibraries = [
  'libgtk-3-0',
  'libnss3',
  'libasound2',
  'libgbm1',
  'libxss1',
  'libnotify4',
  'libatspi2.0-0',
  'libdrm2',
  'libxkbcommon0',
  'libcups2',
]

/** What the machine must have beyond npm's packages, by the part of the tests that needs it. */
const packages = {
  electron: ['xvfb', 'xauth', 'dbus', 'fonts-dejavu-core', ...desktopLibraries],
  browser: ['chromium', 'fonts-dejavu-core'],
  docker: ['docker.io', 'iptables', 'debootstrap', 'docker-compose'],
} as const
export type Need = keyof typeof packages

/** A program by which a machine that is not Debian shows that it has a part's packages anyhow. */
const programs: Record<Need, string[]> = {
  electron: process.platform === 'linux' ? ['xvfb-run'] : [],
  browser: [process.env['CHROMIUM'] ?? 'chromium'],
  docker: ['docker'],
}

export const isRoot = process.getuid?.() === 0

function isDebian(): boolean {
  try {
    return /^ID(_LIKE)?=.*debian/m.test(readFileSync('/etc/os-release', 'utf8'))
  } catch {
    return false
  }
}

/** Debian renamed some libraries for 64-bit time; either name will do. */
async function notInstalled(names: readonly string[]): Promise<string[]> {
  const { stdout } = await run('dpkg', ['--get-selections'])
  const installed = new Set(
    stdout
      .split('\n')
      .filter((line) => /\sinstall$/.test(line))
      .map((line) => line.split(/[\s:]/)[0]),
  )
  return names.filter((name) => !installed.has(name) && !installed.has(`${name}t64`))
}

let listsUpdated = false

async function install(names: string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  if (!listsUpdated) await runOrThrow('apt-get', ['update', '-qq'], { env, timeoutMs: 180_000 })
  listsUpdated = true
  await runOrThrow('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], {
    env,
    timeoutMs: 900_000,
  })
}

/**
 * Sees to it that the machine has what a part needs: installs it where this is root on Debian.
 * @returns undefined when it is there, otherwise what is missing and what to do
 */
export async function missingFor(need: Need): Promise<string | undefined> {
  if (process.platform === 'linux' && isDebian()) {
    const missing = await notInstalled(packages[need])
    if (missing.length === 0) return undefined
    if (!isRoot) {
      if (programs[need].every((name) => which(name))) return undefined
      return `missing packages: apt-get install ${missing.join(' ')}`
    }
    console.log(`installing ${missing.join(' ')}`)
    return install(missing).then(
      () => undefined,
      (error: Error) => `apt-get could not install ${missing.join(' ')}: ${error.message.split('\n').at(-1)}`,
    )
  }
  const missing = programs[need].filter((name) => !which(name))
  return missing.length > 0 ? `missing programs: ${missing.join(', ')}` : undefined
}
