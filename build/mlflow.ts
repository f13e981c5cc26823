import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { madeOnce } from './made-once.ts'
import { cache } from './paths.ts'
import { run, runOrThrow, which } from './run-command.ts'

const version = '3.17.2'

/**
 * Python with the real MLflow and what its tests log: a pinned release from PyPI in an environment of its own, made once.
 * @returns the Python, or why there is none and what to do
 */
export async function mlflowPython(): Promise<{ python: string } | { missing: string }> {
  const folder = path.join(cache, `mlflow-${version}`)
  const python = path.join(folder, 'bin', 'python3')
  const system = which('python3')
  if (!system) return { missing: 'python3 is not installed: MLflow comes from PyPI' }
  const made = () => existsSync(path.join(folder, 'bin', 'mlflow'))
  try {
    await madeOnce(folder, made, async () => {
      await rm(folder, { recursive: true, force: true })
      await runOrThrow(system, ['-m', 'venv', folder], { timeoutMs: 120_000 })
      const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `mlflow==${version}`]
      await runOrThrow(python, pip, { timeoutMs: 900_000 })
    })
  } catch (cause) {
    // Half an environment must not pass for a whole one the next time.
    if (existsSync(folder)) await rename(folder, `${folder}.broken`).catch(() => {})
    await rm(`${folder}.broken`, { recursive: true, force: true })
    const reason = cause instanceof Error ? cause.message.split('\n').at(-1) : cause
    return { missing: `MLflow ${version} could not be installed from PyPI: ${reason}` }
  }
  const { code, output } = await run(python, ['-c', 'import mlflow'], { timeoutMs: 120_000 })
  return code === 0 ? { python } : { missing: `MLflow does not start: ${output.slice(-200)}` }
}

/** Python's MLflow with no telemetry, no retries that hide a fault for minutes, and no colours. */
export const mlflowEnvironment = (home: string): NodeJS.ProcessEnv => ({
  ...process.env,
  HOME: home,
  MLFLOW_DISABLE_TELEMETRY: 'true',
  DO_NOT_TRACK: 'true',
  MLFLOW_HTTP_REQUEST_MAX_RETRIES: '1',
  MLFLOW_HTTP_REQUEST_TIMEOUT: '30',
  MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR: 'false',
  GIT_PYTHON_REFRESH: 'quiet',
  NO_COLOR: '1',
})
