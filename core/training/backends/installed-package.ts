import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BackendId } from '../../contract/index.ts'

/** Where a checkout's `npm run setup:...` installs; never part of the packaged app. */
export const checkoutCache = (id: BackendId): string => `node_modules/.cache/glyphlab/${id}`

/** A `require` of a folder that has a package, and the package's version. */
export interface InstalledPackage {
  require: NodeJS.Require
  folder: string
  version: string
}

/**
 * Where a backend's package is installed, best first: the person's own folder, the data folder, this installation, the
 * checkout's cache.
 * @param own a folder with `node_modules`, named by the person
 * @param installed the data folder's `backends`
 */
export function installedPackages(
  packageName: string,
  id: BackendId,
  { own, installed }: { own: string | undefined; installed: string | undefined },
): InstalledPackage[] {
  const here = dirname(fileURLToPath(import.meta.url))
  const folders = [...(own ? [own] : []), ...(installed ? [join(installed, id)] : []), here]
  for (let folder = here; dirname(folder) !== folder; folder = dirname(folder)) {
    const cache = join(folder, checkoutCache(id))
    if (existsSync(cache)) folders.push(cache)
  }
  return folders.flatMap((folder) => {
    const require = createRequire(join(folder, 'resolve.cjs'))
    try {
      const { version } = require(`${packageName}/package.json`) as { version: string }
      return [{ require, folder: join(folder, 'node_modules', packageName), version }]
    } catch {
      return []
    }
  })
}

export const reasonOf = (cause: unknown): string =>
  cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
