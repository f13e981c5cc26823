import { existsSync } from 'node:fs'
import path from 'node:path'
import { root } from '../paths.ts'

/** A folder of the real inputs beside the repository, or beside the folder of its worktrees. */
export function sharedData(name: string): string | undefined {
  return ['../shared', '../../shared']
    .map((shared) => path.join(root, shared, 'data', name))
    .find((candidate) => existsSync(candidate))
}
