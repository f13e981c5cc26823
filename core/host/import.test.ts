import { execFile } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DatasetVersion, ImportInspection } from '../contract/index.ts'

const repository = path.resolve(import.meta.dirname, '../..')
const cli = path.join(import.meta.dirname, 'cli.ts')
const picturesOf = (digit: string) => {
  const folder = path.join(repository, 'data/datasets/sign-language-digits', digit)
  return readdirSync(folder).map((name) => path.join(folder, name))
}

let folder: string
let home: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'glyphlab-cli-import-'))
  home = path.join(folder, 'home')
})
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

/** Runs `glyphlab datasets` as a script would. */
function datasets<T>(...args: string[]): Promise<{ code: number; value: T; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', cli, 'datasets', ...args, '--json', '--home', home],
      (error, stdout, stderr) => {
        const line = stdout.split('\n').find((text) => text.startsWith('{')) ?? 'null'
        resolve({
          code: typeof error?.code === 'number' ? error.code : 0,
          value: JSON.parse(line) as T,
          stderr,
        })
      },
    )
  })
}

/** A folder with a table: `rows` pictures from `start` on, whose headers nobody can guess. */
function tableFolder(name: string, start: number, rows: number): string {
  const root = path.join(folder, name)
  mkdirSync(root)
  const lines = picturesOf('3')
    .slice(start, start + rows)
    .map((file, index) => {
      copyFileSync(file, path.join(root, `p${start + index}.JPG`))
      return `p${start + index}.JPG;${index % 2 === 0 ? 'x' : 'y'};${index}`
    })
  writeFileSync(path.join(root, 'list.csv'), ['eins;zwei;drei', ...lines].join('\r\n'))
  return root
}

describe('glyphlab datasets', () => {
  it('looks at a source without importing, and imports it as it was told', async () => {
    const root = tableFolder('set', 0, 10)
    const options = ['--option', 'labelColumn=zwei', '--option', 'valueColumn=drei']
    const found = await datasets<ImportInspection>('inspect', root, ...options)
    expect(found).toMatchObject({
      code: 0,
      value: {
        importer: 'labels-table',
        sampleCount: 10,
        labelCount: 2,
        table: { columns: ['eins', 'zwei', 'drei'], mapping: { file: 'eins', label: 'zwei', value: 'drei' } },
        samples: expect.arrayContaining([expect.objectContaining({ path: 'p3.JPG', label: 'y', value: 3 })]),
        error: null,
      },
    })
    const imported = await datasets<DatasetVersion>(
      'import',
      root,
      '--name',
      'set',
      ...options,
      '--split',
      '0.5,0,0.5',
    )
    expect(imported.value).toMatchObject({
      sampleCount: 10,
      labels: [{ label: 'x' }, { label: 'y' }],
      split: { counts: { train: 4, validation: 0, test: 6 } },
      source: { importer: 'labels-table' },
    })
  })

  it('adds to a version, and records what it came from', async () => {
    const first = await datasets<DatasetVersion>(
      'import',
      tableFolder('a', 0, 8),
      '--name',
      'set',
      '--option',
      'labelColumn=zwei',
    )
    const second = await datasets<DatasetVersion>(
      'import',
      tableFolder('b', 8, 4),
      '--name',
      'set',
      '--option',
      'labelColumn=zwei',
      '--merge',
    )
    expect(second.value).toMatchObject({
      number: 2,
      sampleCount: 12,
      parents: [first.value.id],
      recipe: { kind: 'merge-import', importer: 'labels-table', onConflict: 'replace' },
    })
    const clash = path.join(folder, 'c')
    mkdirSync(clash)
    copyFileSync(picturesOf('5')[0] ?? '', path.join(clash, 'p0.JPG'))
    const refused = await datasets<{ error: { code: string } }>(
      'import',
      clash,
      '--name',
      'set',
      '--merge',
      '--on-conflict',
      'fail',
    )
    expect(refused).toMatchObject({
      code: 1,
      value: { error: { code: 'CONFLICT' } },
      stderr: expect.stringContaining('p0.JPG'),
    })
  })

  it('names the option that a prediction lacks, and ends with 2', async () => {
    expect(await datasets('predict', 'set')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/'--model <reference>' or '--run <run>' is needed/),
    })
    expect(await datasets('predict', 'set', '--model', 'a', '--run', 'b')).toMatchObject({ code: 2 })
  })

  it('says what is wrong, ends with 1, and leaves nothing unpacked', async () => {
    // What an engine left that was killed while it unpacked.
    mkdirSync(path.join(home, 'expanded', 'left.taken'), { recursive: true })
    const file = path.join(folder, 'broken.zip')
    writeFileSync(file, 'PK\x03\x04 and then nothing')
    const found = await datasets<{ error: { message: string } }>('inspect', file)
    expect(found).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/broken\.zip: the zip file is damaged/),
    })
    expect(existsSync(path.join(home, 'expanded'))).toBe(false)
    expect((await datasets('import', folder, '--name', 'x', '--split', '1,1,1')).code).toBe(2)
    const unknown = await datasets('import', tableFolder('d', 0, 4), '--name', 'x', '--option', 'colour=red')
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('no option "colour"') })
  })
})
