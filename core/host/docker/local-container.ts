import { createHash } from 'node:crypto'
import { chmod, chown, mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { GlyphlabError } from '../../contract/index.ts'
import {
  confinement,
  keysFile,
  keysFolder,
  predictionsFolder,
  servicePort,
  serviceUser,
} from '../../deploy/index.ts'
import { docker } from './docker.ts'

const homeLabel = 'org.glyphlab.home'
const deploymentLabel = 'org.glyphlab.deployment'

/** Which container is meant: one for each deployment of each data folder. */
export interface ContainerOwner {
  home: string
  deployment: string
}

const markOf = ({ home, deployment }: ContainerOwner): string =>
  createHash('sha256')
    .update(`${path.resolve(home)}\n${deployment}`)
    .digest('hex')
    .slice(0, 12)

/** The image that is built to be tried; it goes with its deployment. */
export const triedImage = (owner: ContainerOwner): string => `glyphlab-tried:${markOf(owner)}`

interface ContainerRequest {
  owner: ContainerOwner
  /** Of the deployment: holds the prediction log, and `keys/` where callers need one. */
  folder: string
  logDirectory: string
  keysWanted: boolean
  /** On 127.0.0.1; 0: a free one. */
  port: number
  /** Of the server's settings. */
  env: Record<string, string>
}

/**
 * Runs the image of a deployment with as few rights as its README gives it. @returns the container's id
 * @throws GlyphlabError CONFLICT when the port is taken; UNAVAILABLE
 */
export async function runContainer(request: ContainerRequest): Promise<string> {
  const { owner, folder, logDirectory, keysWanted, env } = request
  await mkdir(logDirectory, { recursive: true })
  const keys = path.join(folder, 'keys')
  const user = await giveToServer([logDirectory, ...(keysWanted ? [keys, path.join(keys, keysFile)] : [])])
  const mount = (source: string, target: string, readOnly: boolean) => [
    '--mount',
    `type=bind,"source=${source}",target=${target}${readOnly ? ',readonly' : ''}`,
  ]
  const settings = {
    ...env,
    GLYPHLAB_PREDICTION_LOG: predictionsFolder,
    ...(keysWanted ? { GLYPHLAB_KEYS_FILE: `${keysFolder}/${keysFile}` } : {}),
  }
  const port = request.port || (await freePort())
  const run = [
    ...['run', '--detach', ...confinement, ...user],
    ...[
      '--label',
      `${homeLabel}=${path.resolve(owner.home)}`,
      '--label',
      `${deploymentLabel}=${owner.deployment}`,
    ],
    // A port that is chosen here stays the same when the container is started again.
    ...['--publish', `127.0.0.1:${port}:${servicePort}`],
    ...mount(logDirectory, predictionsFolder, false),
    ...(keysWanted ? mount(keys, keysFolder, true) : []),
    ...Object.entries(settings).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    triedImage(owner),
  ]
  return docker(run).catch((cause: unknown) => {
    const taken =
      cause instanceof GlyphlabError && /address already in use|port is already allocated/.test(cause.message)
    if (!taken) throw cause
    const message = `port ${port} is taken by another program; free it and start again, or choose another port (0 takes a free one)`
    throw new GlyphlabError('CONFLICT', message)
  })
}

/** The id of the container that an earlier start of the app left, found by its labels; null where it is gone. */
export async function findContainer({ home, deployment }: ContainerOwner): Promise<string | null> {
  const filters = [`label=${homeLabel}=${path.resolve(home)}`, `label=${deploymentLabel}=${deployment}`]
  const ids = await docker(['ps', '--no-trunc', '--quiet', ...filters.flatMap((one) => ['--filter', one])])
  return ids.split('\n')[0] || null
}

/** Removes the containers of a deployment, and its image. What is not there is no error. */
export async function removeContainer(owner: ContainerOwner): Promise<void> {
  const label = `label=${deploymentLabel}=${owner.deployment}`
  const home = `label=${homeLabel}=${path.resolve(owner.home)}`
  const ids = await docker(['ps', '--all', '--quiet', '--filter', home, '--filter', label])
  for (const id of ids.split('\n').filter(Boolean)) await docker(['rm', '--force', id])
  await docker(['image', 'rm', triedImage(owner)]).catch((cause: unknown) => {
    if (!(cause instanceof GlyphlabError && cause.message.includes('No such image'))) throw cause
  })
}

/**
 * Lets the container's user read and write what is mounted: it runs as the person who runs the app, or, where that is root,
 * as the image's own user, who is given the files. @returns arguments of `docker run`
 */
async function giveToServer(places: readonly string[]): Promise<string[]> {
  const [user, group] = [process.getuid?.(), process.getgid?.()]
  if (user === undefined || group === undefined) return []
  if (user !== 0) return ['--user', `${user}:${group}`]
  for (const place of places) await chown(place, serviceUser, serviceUser)
  // The app reads the log as root; others have no business in it.
  if (places[0]) await chmod(places[0], 0o700)
  return []
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}
