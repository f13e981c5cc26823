import { checkImports } from './import-matrix.ts'
import { run, tool } from './run-command.ts'

const program = async (name: string, args: string[]) => {
  const { code, output } = await run(tool(name), args)
  return { ok: code === 0, output: output.trim() }
}

const steps: { name: string; look: () => Promise<{ ok: boolean; output: string }> }[] = [
  { name: 'lint (biome)', look: () => program('biome', ['check', '--error-on-warnings', '.']) },
  { name: 'types (tsc)', look: () => program('tsc', ['-p', '.', '--pretty', 'false']) },
  { name: 'imports (dependency-cruiser)', look: checkImports },
  { name: 'dead code (knip)', look: () => program('knip', ['--config', 'build/knip.json', '--no-progress']) },
]

/** Runs every check, also after one has failed, and prints each with what it found. */
async function check(): Promise<number> {
  let failed = 0
  for (const { name, look } of steps) {
    const started = performance.now()
    const { ok, output } = await look().catch((error: unknown) => ({ ok: false, output: String(error) }))
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    console.log(`${ok ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`)
    if (output && !ok) console.log(output)
    else if (output) console.log(`       ${output.split('\n').at(-1)}`)
    if (!ok) failed += 1
  }
  return failed
}

const failed = await check()
console.log(failed === 0 ? 'All checks passed.' : `${failed} of ${steps.length} checks failed.`)
process.exit(failed === 0 ? 0 : 1)
