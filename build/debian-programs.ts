import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { cache } from './paths.ts'
import { run, runOrThrow, which } from './run-command.ts'

/**
 * A program out of a Debian package that is downloaded and unpacked, not installed.
 * @param program its path inside the package, as `usr/bin/promtool`
 * @returns where it lies, or why there is none
 */
export async function debianProgram(
  name: string,
  program: string,
): Promise<{ program: string } | { missing: string }> {
  const folder = path.join(cache, `debian-${name}`)
  const found = path.join(folder, program)
  if (existsSync(found)) return { program: found }
  if (!which('apt-get') || !which('dpkg-deb'))
    return { missing: `${name} comes from Debian, and this system has no apt-get` }
  await mkdir(cache, { recursive: true })
  const work = await mkdtemp(path.join(cache, 'unpacking-'))
  try {
    const download = () => run('apt-get', ['download', '-qq', name], { cwd: work, timeoutMs: 120_000 })
    if ((await download()).code !== 0) {
      await run('apt-get', ['update', '-qq'], { timeoutMs: 180_000 })
      const { code, output } = await download()
      if (code !== 0)
        return { missing: `${name} can't be downloaded from Debian: ${output.trim().split('\n').at(-1)}` }
    }
    const [archive = ''] = (await readdir(work)).filter((file) => file.endsWith('.deb'))
    const unpacked = path.join(work, 'files')
    await runOrThrow('dpkg-deb', ['-x', path.join(work, archive), unpacked], { timeoutMs: 120_000 })
    await rm(folder, { recursive: true, force: true })
    await rename(unpacked, folder)
    return { program: found }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
