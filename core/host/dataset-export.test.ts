import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

const cli = path.join(import.meta.dirname, 'cli.ts')
const digits = path.resolve(import.meta.dirname, '../../data/datasets/sign-language-digits')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'glyphlab-export-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

/** Runs `glyphlab` as a script would; resolves with its exit code and the last line of JSON. */
function glyphlab(...args: string[]): Promise<{ code: number; answer: Record<string, unknown> }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', cli, ...args, '--json', '--home', path.join(folder, 'home')],
      (error, stdout) => {
        const last = stdout.trim().split('\n').at(-1) ?? '{}'
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, answer: JSON.parse(last) })
      },
    )
  })
}

it('a script exports a version, and what it exports imports as the same version', async () => {
  const { answer: version } = await glyphlab('datasets', 'import', digits, '--name', 'digits')
  const out = path.join(folder, 'out')
  const exported = await glyphlab('datasets', 'export', 'digits', '--as', 'coco', '--out', out)
  expect(exported).toMatchObject({
    code: 0,
    answer: { directory: out, pictures: 200, warnings: [], digest: version['digest'] },
  })
  const { answer: again } = await glyphlab('datasets', 'import', out, '--name', 'again')
  expect(again['digest']).toBe(version['digest'])

  const refused = await glyphlab('datasets', 'export', 'digits', '--as', 'coco', '--out', out)
  expect(refused).toMatchObject({ code: 1, answer: { error: { code: 'CONFLICT' } } })
  const unknown = await glyphlab('datasets', 'export', 'digits', '--as', 'parquet', '--out', `${out}-2`)
  expect(unknown).toMatchObject({ code: 1, answer: { error: { code: 'NOT_FOUND' } } })
  const option = ['--option', 'subsets=yes']
  await glyphlab('datasets', 'export', 'digits', '--as', 'class-folders', '--out', `${out}-3`, ...option)
  const counts = JSON.parse(readFileSync(path.join(out, 'annotations/instances_test.json'), 'utf8')) as {
    images: { file_name: string }[]
  }
  for (const { file_name: name } of counts.images)
    expect(existsSync(path.join(`${out}-3`, 'test', name))).toBe(true)
}, 60_000)
