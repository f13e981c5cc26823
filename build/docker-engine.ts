import { spawn } from 'node:child_process'
import { copyFileSync, existsSync, openSync, readFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pinnedNode } from './paths.ts'
import { run, runOrThrow } from './run-command.ts'
import { isRoot, missingFor } from './system-packages.ts'

/** What the bundles' Dockerfiles start from. */
const baseImage = 'node:22-bookworm-slim'
const home = process.env['GLYPHLAB_DOCKER_HOME'] ?? '/var/tmp/glyphlab-docker'
const ownHost = `unix://${home}/docker.sock`

export interface DockerEngine {
  /** For the environment of docker commands. */
  env: { DOCKER_HOST?: string }
  /** Ends the engine if it was started here; one that ran before goes on. */
  stop: () => Promise<void>
}

/** Docker can't be had here; the message says why. */
export class DockerMissing extends Error {}

const withHost = (host: string | undefined): NodeJS.ProcessEnv =>
  host ? { ...process.env, DOCKER_HOST: host } : process.env

const answers = async (host: string | undefined): Promise<boolean> =>
  (await run('docker', ['info'], { env: withHost(host), timeoutMs: 20_000 })).code === 0

async function startOwn(): Promise<() => Promise<void>> {
  await mkdir(home, { recursive: true })
  const log = openSync(path.join(home, 'dockerd.log'), 'a')
  const pidFile = path.join(home, 'dockerd.pid')
  const args = ['--data-root', `${home}/data`, '--exec-root', `${home}/exec`, '-H', ownHost, '-p', pidFile]
  const daemon = spawn('dockerd', args, { detached: true, stdio: ['ignore', log, log] })
  const ended = new Promise<void>((resolve) => daemon.once('exit', () => resolve()))
  daemon.once('error', () => {})
  daemon.unref()
  for (let attempt = 0; attempt < 60 && !(await answers(ownHost)); attempt += 1) {
    if (daemon.exitCode !== null)
      throw new DockerMissing(
        `dockerd ended: ${readFileSync(path.join(home, 'dockerd.log'), 'utf8').slice(-500)}`,
      )
    await sleep(500)
  }
  return async () => {
    daemon.kill('SIGTERM')
    await Promise.race([ended, sleep(15_000)])
  }
}

/** A Debian with our Node in it, for networks that do not reach Docker Hub. */
async function makeStandIn(env: NodeJS.ProcessEnv): Promise<void> {
  if (!isRoot) throw new DockerMissing(`${baseImage} can't be pulled, and making a stand-in needs root.`)
  const work = await mkdtemp(path.join(tmpdir(), 'glyphlab-base-'))
  const rootFolder = path.join(work, 'rootfs')
  try {
    const policy = await run('apt-cache', ['policy'])
    const mirror = /https?:\/\/\S+\/debian(?=\s)/.exec(policy.output)?.[0]
    await runOrThrow(
      'debootstrap',
      ['--variant=minbase', 'bookworm', rootFolder, ...(mirror ? [mirror] : [])],
      {
        timeoutMs: 600_000,
      },
    )
    const node = path.join(rootFolder, 'usr', 'local', 'bin', 'node')
    copyFileSync(pinnedNode, node)
    await chmod(node, 0o755)
    await runOrThrow('chroot', [rootFolder, 'useradd', '--uid', '1000', '--create-home', 'node'])
    const tarball = path.join(work, 'rootfs.tar')
    await runOrThrow('tar', ['-C', rootFolder, '-cf', tarball, '.'])
    await runOrThrow('docker', ['import', tarball, baseImage], { env, timeoutMs: 300_000 })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function ensureBaseImage(env: NodeJS.ProcessEnv): Promise<void> {
  if ((await run('docker', ['image', 'inspect', baseImage], { env })).code === 0) return
  const pulled = await run('docker', ['pull', '-q', baseImage], { env, timeoutMs: 120_000 })
  if (pulled.code !== 0) await makeStandIn(env)
}

/**
 * A Docker engine that can build the bundles: the one that runs, else one on a socket of its own (root on Debian).
 * @throws DockerMissing
 */
export async function dockerEngine(): Promise<DockerEngine> {
  const missing = await missingFor('docker')
  if (missing) throw new DockerMissing(missing)
  let host: string | undefined
  let stop = async () => {}
  if (!(await answers(undefined))) {
    host = ownHost
    if (!(existsSync(path.join(home, 'docker.sock')) && (await answers(ownHost)))) {
      if (!isRoot) throw new DockerMissing('No Docker engine runs, and starting one needs root.')
      stop = await startOwn()
    }
  }
  try {
    await ensureBaseImage(withHost(host))
  } catch (error) {
    await stop()
    throw error
  }
  return { env: host ? { DOCKER_HOST: host } : {}, stop }
}
