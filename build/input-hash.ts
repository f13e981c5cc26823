import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { root } from './paths.ts'

async function addTo(hash: ReturnType<typeof createHash>, file: string): Promise<void> {
  const info = await stat(file)
  if (!info.isDirectory()) {
    hash.update(path.relative(root, file)).update(await readFile(file))
    return
  }
  for (const name of (await readdir(file)).sort()) await addTo(hash, path.join(file, name))
}

/** One digest over the names and bytes of files and folders; what does not exist counts as such. */
export async function digestOf(inputs: string[]): Promise<string> {
  const hash = createHash('sha256').update(process.platform + process.arch + process.version)
  for (const input of inputs) {
    const file = path.resolve(root, input)
    if (existsSync(file)) await addTo(hash, file)
    else hash.update(`no ${input}`)
  }
  return hash.digest('hex')
}

/**
 * Makes `folder` by `make` unless it was made from the same inputs before. The stamp is removed first and written last,
 * so that a build that broke off is done again.
 * @returns whether it had to be made
 */
export async function makeWhenChanged(
  folder: string,
  inputs: string[],
  make: () => Promise<void>,
): Promise<boolean> {
  const stamp = path.join(folder, '.inputs')
  const digest = await digestOf(inputs)
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === digest) return false
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await make()
  await writeFile(stamp, digest)
  return true
}
