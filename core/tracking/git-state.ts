import { execFile } from 'node:child_process'

/** Of uncommitted changes so much is kept. */
export const diffBytesAtMost = 1_000_000
/** The artifact that holds them. */
export const diffPath = 'git/uncommitted.diff'
const patienceMs = 10_000

export interface GitHead {
  /** The top of the work tree. */
  folder: string
  commit: string
  /** Null where a commit is checked out and no branch. */
  branch: string | null
}

export interface GitState extends GitHead {
  /** Of the remote `origin`, without a name and password in it. */
  repository: string | null
  /** Whether tracked files differ from the commit. */
  isDirty: boolean
  /** What differs, as a diff; cut after whole lines. */
  diff: string
  isCut: boolean
}

interface Answer {
  text: string
  isCut: boolean
}

/** Null where git is absent, refuses or is too slow. Nothing is asked of a person, nothing is locked. */
function git(folder: string, args: string[], bytesAtMost = 100_000): Promise<Answer | null> {
  return new Promise((resolve) => {
    execFile(
      'git',
      // A repository may name a program that watches its files: it is not started.
      ['-c', 'core.fsmonitor=false', ...args],
      {
        cwd: folder,
        timeout: patienceMs,
        maxBuffer: bytesAtMost,
        windowsHide: true,
        env: { ...process.env, GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' },
      },
      (fault, text) => {
        if (!fault) return resolve({ text, isCut: false })
        const isCut = fault.code === ('ERR_CHILD_PROCESS_STDIO_MAXBUFFER' as unknown)
        resolve(isCut ? { text, isCut } : null)
      },
    )
  })
}

/**
 * The commit that a folder stands at; null where it is in no work tree of git. Runs nothing that the repository itself
 * may name, so that it can be asked of a folder that came from elsewhere.
 */
export async function gitHead(folder: string): Promise<GitHead | null> {
  const asked = await git(folder, ['rev-parse', '--show-toplevel', 'HEAD', '--abbrev-ref', 'HEAD'])
  const [top, commit, branch] = asked?.text.split('\n') ?? []
  if (!top || !commit || !/^[0-9a-f]{40,64}$/.test(commit)) return null
  return { folder: top, commit, branch: branch && branch !== 'HEAD' ? branch : null }
}

/** Commit, branch and what is changed; null where there is none. Only for a folder in which the person works. */
export async function gitState(folder: string): Promise<GitState | null> {
  const head = await gitHead(folder)
  if (head === null) return null
  const [remote, diff] = await Promise.all([
    git(folder, ['config', '--get', 'remote.origin.url']),
    git(
      folder,
      ['diff', 'HEAD', '--no-color', '--no-ext-diff', '--no-textconv', '--submodule=short'],
      diffBytesAtMost,
    ),
  ])
  const text = diff?.text ?? ''
  return {
    ...head,
    repository: remote ? withoutPassword(remote.text.trim()) : null,
    isDirty: text !== '',
    diff: diff?.isCut ? text.slice(0, text.lastIndexOf('\n') + 1) : text,
    isCut: diff?.isCut ?? false,
  }
}

/** `https://me:secret@host/x` without `me:secret`; `git@host:x` as it is. */
export function withoutPassword(address: string): string {
  const url = URL.parse(address)
  if (!url || (url.username === '' && url.password === '')) return address
  url.password = ''
  if (url.protocol !== 'ssh:') url.username = ''
  return url.href
}

/** By MLflow's names. */
export function gitTags({ commit, branch, repository, isDirty, isCut }: GitState): Record<string, string> {
  return {
    'mlflow.source.git.commit': commit,
    ...(branch === null ? {} : { 'mlflow.source.git.branch': branch }),
    ...(repository === null || repository === '' ? {} : { 'mlflow.source.git.repoURL': repository }),
    'mlflow.source.git.dirty': String(isDirty),
    ...(isCut ? { 'git.diffCut': 'true' } : {}),
  }
}
