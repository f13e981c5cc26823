import { createHash } from 'node:crypto'

export interface Random {
  /** Uniform in [0, 1), with 32 bits. */
  next(): number
  /** Uniform integer in [0, limit). */
  integer(limit: number): number
  /** Fisher-Yates, in place. */
  shuffle<T extends number[] | unknown[] | Uint32Array>(items: T): T
}

/**
 * The sfc32 generator (PractRand, public domain), seeded from a number and the name of what it is for, so that each use
 * has its own stream: equal on every machine.
 */
export function createRandom(seed: number, stream: string): Random {
  const digest = createHash('sha256').update(`${seed}/${stream}`).digest()
  let a = digest.readInt32LE(0)
  let b = digest.readInt32LE(4)
  let c = digest.readInt32LE(8)
  let counter = digest.readInt32LE(12)
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c |= 0
    return (sum >>> 0) / 4294967296
  }
  const integer = (limit: number) => Math.floor(next() * limit)
  return {
    next,
    integer,
    shuffle(items) {
      for (let index = items.length - 1; index > 0; index--) {
        const other = integer(index + 1)
        const held = items[index]
        items[index] = items[other]
        items[other] = held
      }
      return items
    },
  }
}
