import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { cache } from './paths.ts'
import { run, runOrThrow, which } from './run-command.ts'

const version = '3.67.1'

/**
 * The real `dvc`, to compare with: a pinned release from PyPI in an environment of its own, made once.
 * @returns its path, or why there is none and what to do
 */
export async function dvcProgram(): Promise<{ dvc: string } | { missing: string }> {
  const folder = path.join(cache, `dvc-${version}`)
  const dvc = path.join(folder, 'bin', 'dvc')
  if (existsSync(dvc)) return { dvc }
  const python = which('python3')
  if (!python) return { missing: 'python3 is not installed: DVC comes from PyPI' }
  await rm(folder, { recursive: true, force: true })
  await mkdir(path.dirname(folder), { recursive: true })
  try {
    await runOrThrow(python, ['-m', 'venv', folder], { timeoutMs: 120_000 })
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `dvc==${version}`]
    await runOrThrow(path.join(folder, 'bin', 'python3'), pip, { timeoutMs: 600_000 })
  } catch (cause) {
    // Half an environment must not pass for a whole one the next time.
    if (existsSync(folder)) await rename(folder, `${folder}.broken`).catch(() => {})
    await rm(`${folder}.broken`, { recursive: true, force: true })
    const reason = cause instanceof Error ? cause.message.split('\n').at(-1) : cause
    return { missing: `DVC ${version} could not be installed from PyPI: ${reason}` }
  }
  const { code, output } = await run(dvc, ['--version'], { timeoutMs: 60_000 })
  return code === 0 ? { dvc } : { missing: `DVC does not start: ${output.slice(-200)}` }
}
