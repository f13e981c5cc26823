import type { MoveFacts } from '../store/alias-store.ts'
import type { NewModelVersion } from '../store/model-store.ts'
import { accountName, type SigningKey } from './signing-key.ts'

/** A move in spite of the alias' gates: by whom, and signed with the user's key. */
export const overriding = (signing: SigningKey, reason: string): MoveFacts => ({
  kind: 'override',
  reason,
  by: accountName(),
  sign: (statement) => signing.sign(statement),
})

/** The alias that a new version is registered with. */
export function firstAlias(
  signing: SigningKey,
  alias: string | undefined,
  override: string | undefined,
): NewModelVersion['alias'] {
  if (alias === undefined) return undefined
  const move: MoveFacts =
    override === undefined
      ? { kind: 'moved', reason: 'Registered with this alias', by: accountName() }
      : overriding(signing, override)
  return { name: alias, move }
}
