import { createHash } from 'node:crypto'

/** The id of a run that has no id of 32 hexadecimal digits of its own: the same for the same source, always. */
export const runIdOf = (kind: string, origin: string): string =>
  createHash('sha256').update(`${kind}\0${origin}`).digest('hex').slice(0, 32)
