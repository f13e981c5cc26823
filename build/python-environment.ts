import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { cache } from './paths.ts'
import { runOrThrow, which } from './run-command.ts'

/**
 * A Python with packages from PyPI in an environment of its own, made once.
 * @param packages pinned: `onnx==1.18.0`
 * @returns the interpreter, or why there is none
 */
export async function pythonWith(
  name: string,
  packages: readonly string[],
): Promise<{ python: string } | { missing: string }> {
  const folder = path.join(cache, name)
  const python = path.join(folder, 'bin', 'python3')
  if (existsSync(python)) return { python }
  const system = which('python3')
  if (!system) return { missing: 'python3 is not installed' }
  const fresh = `${folder}.new-${process.pid}`
  await mkdir(path.dirname(folder), { recursive: true })
  try {
    await runOrThrow(system, ['-m', 'venv', fresh], { timeoutMs: 120_000 })
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages]
    await runOrThrow(path.join(fresh, 'bin', 'python3'), pip, { timeoutMs: 600_000 })
    await rename(fresh, folder)
    return { python }
  } catch (cause) {
    await rm(fresh, { recursive: true, force: true })
    const reason = cause instanceof Error ? cause.message.split('\n').at(-1) : cause
    return { missing: `${packages.join(', ')} could not be installed from PyPI: ${reason}` }
  }
}
