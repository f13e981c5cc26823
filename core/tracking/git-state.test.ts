import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { diffBytesAtMost, gitHead, gitState, gitTags, withoutPassword } from './git-state.ts'

let work: string
beforeEach(() => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-git-'))
})
afterEach(() => rmSync(work, { recursive: true, force: true }))

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@b.c', ...args], {
    cwd: work,
    encoding: 'utf8',
  })

function repository(): string {
  git('init', '--quiet', '--initial-branch', 'try')
  writeFileSync(path.join(work, 'train.py'), 'lr = 1\n')
  git('add', '.')
  git('commit', '--quiet', '--message', 'first')
  return git('rev-parse', 'HEAD').trim()
}

it('tells commit, branch and what is changed, from any folder of the work tree', async () => {
  const commit = repository()
  git('remote', 'add', 'origin', 'https://me:secret@example.org/me/x.git')
  const folder = path.join(work, 'deep')
  mkdirSync(folder)
  expect(await gitState(folder)).toMatchObject({ commit, branch: 'try', isDirty: false, diff: '' })
  writeFileSync(path.join(work, 'train.py'), 'lr = 0.1\n')
  const state = await gitState(folder)
  expect(state?.diff).toContain('-lr = 1\n+lr = 0.1\n')
  expect(state && gitTags(state)).toEqual({
    'mlflow.source.git.commit': commit,
    'mlflow.source.git.branch': 'try',
    'mlflow.source.git.repoURL': 'https://example.org/me/x.git',
    'mlflow.source.git.dirty': 'true',
  })
})

it('keeps a megabyte of a large diff, in whole lines', async () => {
  repository()
  writeFileSync(path.join(work, 'train.py'), `${'x = 1\n'.repeat(400_000)}`)
  const state = await gitState(work)
  expect(state?.isCut).toBe(true)
  expect(state?.diff.length).toBeLessThanOrEqual(diffBytesAtMost)
  expect(state?.diff.length).toBeGreaterThan(diffBytesAtMost / 2)
  expect(state?.diff.endsWith('\n')).toBe(true)
})

it('has nothing to tell of a folder without git, of one without a commit, and where there is no git', async () => {
  expect(await gitState(work)).toBeNull()
  git('init', '--quiet')
  expect(await gitState(work)).toBeNull()
  const before = process.env['PATH']
  process.env['PATH'] = work
  try {
    expect(await gitState(work)).toBeNull()
  } finally {
    process.env['PATH'] = before
  }
})

it('starts no program that a repository names when only its commit is asked for', async () => {
  const commit = repository()
  const mark = path.join(work, 'ran')
  git('config', 'core.fsmonitor', `touch ${mark}`)
  git('config', 'diff.external', `touch ${mark}`)
  git('config', 'filter.x.clean', `touch ${mark}; cat`)
  writeFileSync(path.join(work, '.gitattributes'), '* filter=x\n')
  writeFileSync(path.join(work, 'train.py'), 'lr = 2\n')
  expect((await gitHead(work))?.commit).toBe(commit)
  expect(() => rmSync(mark)).toThrow('ENOENT')
})

it('takes a password out of an address and leaves the rest', () => {
  expect(withoutPassword('https://token@host/x.git')).toBe('https://host/x.git')
  expect(withoutPassword('git@host:me/x.git')).toBe('git@host:me/x.git')
  expect(withoutPassword('ssh://git@host/x.git')).toBe('ssh://git@host/x.git')
})
