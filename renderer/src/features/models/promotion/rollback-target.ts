import type { AliasMove } from '../../../../../core/contract/index.ts'

/**
 * The version that a rollback of an alias goes to: what it had before the newest move that was not taken back yet.
 * @param moves of this alias, the newest first
 * @returns null when there is nothing to go back to
 */
export function rollbackTarget(moves: readonly AliasMove[]): number | null {
  const stack: (number | null)[] = []
  for (const { from, kind } of [...moves].reverse()) {
    if (kind === 'rollback') stack.pop()
    else stack.push(from)
  }
  return stack.at(-1) ?? null
}
