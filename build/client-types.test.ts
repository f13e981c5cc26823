import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import ts from 'typescript'
import { expect, it } from 'vitest'
import { clientTypes } from './client-types.ts'
import { nodeModules } from './paths.ts'

it('a script in TypeScript is checked against the types that lie beside the client, with nothing else', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'glyphlab-types-'))
  try {
    const types = await clientTypes()
    writeFileSync(path.join(folder, 'glyphlab.d.mts'), types)
    const script = path.join(folder, 'train.mts')
    writeFileSync(
      script,
      `import { type Run, type StartOptions, startRun, withRun } from './glyphlab.mjs'
const options: StartOptions = { experiment: 'digits', params: { optimizer: { lr: 0.1, betas: [0.9, 0.99] } } }
const run: Run = startRun(options)
run.log({ loss: 0.5 }, 1)
run.histogram('weights', new Float32Array(3), 1)
run.confusion('validation', ['a', 'b'], [[1, 0], [0, 1]], 1)
const fold: Run = run.child({ name: 'fold' })
export const done: Promise<boolean> = fold.finish()
export const answer: Promise<number> = withRun({}, async ({ id }) => id.length)
// @ts-expect-error: a metric is a number
run.log({ loss: 'low' }, 1)
// @ts-expect-error: runs are begun by startRun
new Run()
`,
    )
    const program = ts.createProgram([script], {
      strict: true,
      noEmit: true,
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
      types: [],
      typeRoots: [path.join(nodeModules, '@types')],
    })
    const faults = ts
      .getPreEmitDiagnostics(program)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))
    expect(faults).toEqual([])
    expect(types).toContain('Keeps a file as it is now.')
    expect(types).not.toContain('spool')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
