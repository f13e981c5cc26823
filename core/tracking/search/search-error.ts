import { GlyphlabError } from '../../contract/index.ts'
import type { Field } from './ast.ts'

/** What the parser was ready to read where it stopped; completion offers it. */
export type Next =
  | { kind: 'term' }
  | { kind: 'connective'; closing: boolean }
  | { kind: 'operator'; field: Field }
  | { kind: 'value'; field: Field }
  | { kind: 'metric' }
  | { kind: 'nothing' }

/** An expression that can't be understood: says where, and what was expected there. */
export class SearchError extends GlyphlabError {
  readonly position: number
  readonly next: Next

  constructor(what: string, at: { position: number; length: number }, expected: string[], next: Next) {
    const wanted = expected.length > 0 ? ` Expected ${expected.join(', ')}.` : ''
    super('INVALID_INPUT', `${what} (at character ${at.position + 1}).${wanted}`, { ...at, expected })
    this.position = at.position
    this.next = next
  }
}
