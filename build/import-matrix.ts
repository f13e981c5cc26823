import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { root } from './paths.ts'
import { run, tool } from './run-command.ts'

interface Report {
  summary: {
    totalCruised: number
    violations: { from: string; to: string; rule: { name: string } }[]
  }
}

const config = path.join(root, 'build', 'dependency-cruiser.cjs')

async function cruise(cwd: string, folders: string[]): Promise<Report['summary']> {
  const args = ['--config', config, '--output-type', 'json', ...folders]
  const { output, stdout } = await run(tool('depcruise'), args, { cwd })
  try {
    return (JSON.parse(stdout) as Report).summary
  } catch {
    throw new Error(`dependency-cruiser did not report:\n${output.slice(-2_000)}`)
  }
}

/** Imports that must be found, each by its rule: a cruiser that sees nothing would otherwise call everything fine. */
const plantedImports = [
  { file: 'core/domain/planted.ts', imports: '../store/planted.ts', rule: 'core-domain' },
  { file: 'core/ocr/planted.ts', imports: '../host/planted.ts', rule: 'nothing-imports-host' },
  { file: 'renderer/src/planted.tsx', imports: 'node:fs', rule: 'renderer-without-node' },
  {
    file: 'electron/planted.ts',
    imports: '../core/store/planted.ts',
    rule: 'electron-knows-the-contract-only',
  },
]

/** Plants forbidden imports in a folder of its own; the names of rules that did not find theirs. */
async function rulesThatSleep(): Promise<string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'glyphlab-imports-'))
  try {
    const targets = ['core/store/planted.ts', 'core/host/planted.ts']
    for (const file of [...targets, ...plantedImports.map((planted) => planted.file)])
      await mkdir(path.join(folder, path.dirname(file)), { recursive: true })
    for (const file of targets) await writeFile(path.join(folder, file), 'export const planted = 1\n')
    for (const { file, imports } of plantedImports)
      await writeFile(
        path.join(folder, file),
        `import type * as planted from '${imports}'\nexport type Planted = typeof planted\n`,
      )
    const { violations } = await cruise(folder, ['core', 'electron', 'renderer'])
    return plantedImports
      .filter(
        ({ file, rule }) => !violations.some(({ from, rule: found }) => from === file && found.name === rule),
      )
      .map(({ rule }) => rule)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Checks who imports whom. */
export async function checkImports(): Promise<{ ok: boolean; output: string }> {
  const sleeping = await rulesThatSleep()
  if (sleeping.length > 0)
    return {
      ok: false,
      output: `These rules did not find an import planted for them: ${sleeping.join(', ')}`,
    }
  const { totalCruised, violations } = await cruise(root, ['core', 'electron', 'renderer'])
  if (totalCruised === 0) return { ok: false, output: 'No module was looked at.' }
  const lines = violations.map(({ from, to, rule }) => `${rule.name}: ${from} imports ${to}`)
  return {
    ok: violations.length === 0,
    output: [...lines, `${totalCruised} modules, ${violations.length} forbidden imports`].join('\n'),
  }
}
