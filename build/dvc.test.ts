import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { scanDvc } from '../core/datasets/formats/dvc.ts'
import { exportable, exportTo, importInto } from '../core/datasets/testing/imported.ts'
import { dvcProgram } from './dvc.ts'
import { root } from './paths.ts'

const digits = path.join(root, 'data/datasets/sign-language-digits')
const peer = await dvcProgram()
const missing = 'missing' in peer ? peer.missing : ''
const dvc = 'dvc' in peer ? peer.dvc : ''

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'glyphlab-dvc-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const run = (cwd: string, ...args: string[]) =>
  execFileSync(dvc, args, { cwd, encoding: 'utf8', stdio: 'pipe' })
const filesBelow = (top: string) =>
  readdirSync(top, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(top, path.join(entry.parentPath, entry.name)))
    .sort()

describe.skipIf(missing)(`beside the real DVC${missing && ` (skipped: ${missing})`}`, () => {
  it('checks out what was exported, finds it unchanged, and gives the same folder the same hash', async () => {
    const set = await importInto(folder, digits)
    const repository = path.join(folder, 'repository')
    await exportTo(repository, 'dvc', set, exportable(set))
    const [pointer = ''] = readdirSync(repository).filter((name) => name.endsWith('.dvc') && name !== '.dvc')
    const ours = readFileSync(path.join(repository, pointer), 'utf8')
    const again = await importInto(folder, path.join(repository, pointer))
    expect(again.result.digest).toBe(set.result.digest)
    run(repository, 'checkout')
    expect(run(repository, 'status')).toContain('up to date')
    const name = pointer.replace(/\.dvc$/, '')
    expect(filesBelow(path.join(repository, name)).length).toBe(set.result.sampleCount)

    const fresh = path.join(folder, 'fresh')
    mkdirSync(fresh)
    run(fresh, 'init', '--no-scm')
    cpSync(path.join(repository, name), path.join(fresh, name), { recursive: true })
    run(fresh, 'add', name)
    expect(readFileSync(path.join(fresh, pointer), 'utf8')).toBe(ours)
  })

  it('is read from its cache alone, names and all, and what the cache lacks or holds damaged is refused', async () => {
    run(folder, 'init', '--no-scm')
    const names = ['a/plain.txt', 'a/ümläut 🎈.txt', 'b/quote"\\.txt', 'b/\u007f.txt', 'z.txt', 'same.txt']
    for (const name of names) {
      const file = path.join(folder, 'set', name)
      mkdirSync(path.dirname(file), { recursive: true })
      writeFileSync(file, name === 'same.txt' ? 'z.txt' : name)
    }
    run(folder, 'add', 'set')
    rmSync(path.join(folder, 'set'), { recursive: true })
    const scan = await scanDvc(path.join(folder, 'set.dvc'))
    expect(scan.files.map((file) => file.path).sort()).toEqual(names.toSorted())
    for (const { path: name, file } of scan.files)
      expect(readFileSync(file, 'utf8')).toBe(name === 'same.txt' ? 'z.txt' : name)

    const object = (name: string) => scan.files.find((file) => file.path === name)?.file ?? ''
    rmSync(object('a/plain.txt'))
    rmSync(object('z.txt'), { force: true })
    writeFileSync(object('z.txt'), 'other')
    const hurt = await scanDvc(path.join(folder, 'set.dvc'))
    expect(hurt.files.length).toBe(3)
    expect(hurt.refused.map(({ path: name, reason }) => `${name}: ${reason.slice(0, 24)}`).sort()).toEqual([
      'a/plain.txt: not in the local DVC cac',
      'same.txt: damaged in the DVC cache',
      'z.txt: damaged in the DVC cache',
    ])
  })
})

it('says what to do when a .dvc file has no cache, no repository or no sense', async () => {
  const file = path.join(folder, 'x.dvc')
  writeFileSync(file, 'outs:\n- md5: 22e3f61e52c0ba45334d973244efc155.dir\n  path: cats\n  hash: md5\n')
  await expect(scanDvc(file)).rejects.toThrow('x.dvc: no folder above it is a DVC repository')
  mkdirSync(path.join(folder, '.dvc'))
  await expect(scanDvc(file)).rejects.toThrow(
    'x.dvc: cats is not in the local DVC cache. Run "dvc fetch x.dvc"',
  )
  writeFileSync(file, 'outs: 5')
  await expect(scanDvc(file)).rejects.toThrow(/^x\.dvc: not a file of DVC that can be read/)
})
