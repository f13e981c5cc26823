import { mkdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Nothing that is made here takes as long: whoever made it was killed. */
const staleMs = 20 * 60_000

/**
 * Makes a folder where it is not made yet; test files that run side by side wait for the one that makes it.
 * @throws what `make` throws, to the one that made it; the next one tries again
 */
export async function madeOnce(
  folder: string,
  isMade: () => boolean,
  make: () => Promise<void>,
): Promise<void> {
  const lock = `${folder}.lock`
  await mkdir(path.dirname(folder), { recursive: true })
  // A folder is looked at with the lock held: one that is being made may look whole before it is.
  for (;;) {
    try {
      await mkdir(lock)
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
      const since = await stat(lock).then(({ mtimeMs }) => mtimeMs, Date.now)
      if (Date.now() - since > staleMs) await rm(lock, { recursive: true, force: true })
      await sleep(500)
      continue
    }
    try {
      if (!isMade()) await make()
      return
    } finally {
      await rm(lock, { recursive: true, force: true })
    }
  }
}
