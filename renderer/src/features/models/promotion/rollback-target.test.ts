import { expect, it } from 'vitest'
import type { AliasMove } from '../../../../../core/contract/index.ts'
import { rollbackTarget } from './rollback-target.ts'

const move = (from: number | null, to: number | null, kind: AliasMove['kind'] = 'moved'): AliasMove => ({
  id: 1,
  alias: 'champion',
  from,
  to,
  at: 0,
  kind,
  reason: '',
  by: '',
  gates: null,
  signature: null,
})
const target = (...moves: AliasMove[]) => rollbackTarget(moves.reverse())

it('goes back move by move, and never to where a rollback came from', () => {
  expect(target()).toBeNull()
  expect(target(move(null, 1))).toBeNull()
  expect(target(move(null, 1), move(1, 2), move(2, 3, 'override'))).toBe(2)
  expect(target(move(null, 1), move(1, 2), move(2, 3), move(3, 2, 'rollback'))).toBe(1)
  expect(target(move(null, 1), move(1, 2), move(2, 1, 'rollback'))).toBeNull()
  expect(target(move(null, 1), move(1, null, 'removed'))).toBe(1)
})
