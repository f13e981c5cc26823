/** Pictures to be compared: each content once. Hashes as pairs of words, one after the other. */
export interface HashedPictures {
  dct: Uint32Array
  gradient: Uint32Array
  /** Width by height. */
  aspects: Float32Array
}

export interface NearLimits {
  /** Bits of the DCT hash that may differ: at most 7, which is what the index finds without a miss. */
  dctBits: number
  gradientBits: number
  /** Factor between the aspect ratios. */
  aspect: number
}

export const nearLimits: NearLimits = { dctBits: 6, gradientBits: 8, aspect: 1.08 }

function bitCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555)
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333)
  return (((bits + (bits >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24
}

/** Bits that differ between the 64-bit hashes at `a` and `b`. */
export function hashDistance(words: Uint32Array, a: number, b: number): number {
  return (
    bitCount((words[2 * a] as number) ^ (words[2 * b] as number)) +
    bitCount((words[2 * a + 1] as number) ^ (words[2 * b + 1] as number))
  )
}

const parts = 4
const partValues = 65_536

const part = (words: Uint32Array, index: number, which: number): number => {
  const word = words[2 * index + (which >> 1)] as number
  return which & 1 ? word >>> 16 : word & 0xffff
}

/**
 * Groups of pictures that look the same. The first of a group in order is its leader, and every other resembles the
 * leader: groups do not grow by chains of small steps. Of 64 bits in four parts, at most 7 differing bits leave one
 * part with at most one: each part is looked up as it is and with each of its bits turned (multi-index hashing, Norouzi
 * et al., 2012).
 * @param confirm looks at the pictures themselves
 * @param onDone called now and then with how many have been placed; throwing from it ends the search
 * @returns indices by group, groups of two or more only
 */
export async function groupNearDuplicates(
  { dct, gradient, aspects }: HashedPictures,
  confirm: (leader: number, other: number) => Promise<boolean>,
  limits: NearLimits = nearLimits,
  onDone: (done: number) => Promise<void> = async () => undefined,
): Promise<number[][]> {
  const count = aspects.length
  // Leaders by part value: the newest, and from each to the one before it.
  const newest = Array.from({ length: parts }, () => new Int32Array(partValues).fill(-1))
  const before = Array.from({ length: parts }, () => new Int32Array(count).fill(-1))
  const lookedAt = new Int32Array(count).fill(-1)
  const groups = new Map<number, number[]>()

  for (let index = 0; index < count; index++) {
    const candidates: { leader: number; distance: number }[] = []
    const aspect = aspects[index] as number
    for (let which = 0; which < parts; which++) {
      const own = part(dct, index, which)
      const heads = newest[which] as Int32Array
      const links = before[which] as Int32Array
      for (let turned = -1; turned < 16; turned++) {
        let leader = heads[turned < 0 ? own : own ^ (1 << turned)] as number
        for (; leader >= 0; leader = links[leader] as number) {
          if (lookedAt[leader] === index) continue
          lookedAt[leader] = index
          const distance = hashDistance(dct, index, leader)
          if (distance > limits.dctBits) continue
          const gradientDistance = hashDistance(gradient, index, leader)
          if (gradientDistance > limits.gradientBits) continue
          const other = aspects[leader] as number
          if (Math.max(aspect, other) > limits.aspect * Math.min(aspect, other)) continue
          candidates.push({ leader, distance: distance + gradientDistance })
        }
      }
    }
    candidates.sort((a, b) => a.distance - b.distance || a.leader - b.leader)
    let joined = -1
    for (const { leader } of candidates) {
      if (!(await confirm(leader, index))) continue
      joined = leader
      break
    }
    if (joined >= 0) {
      const group = groups.get(joined)
      if (group) group.push(index)
      else groups.set(joined, [joined, index])
    } else {
      for (let which = 0; which < parts; which++) {
        const heads = newest[which] as Int32Array
        const own = part(dct, index, which)
        ;(before[which] as Int32Array)[index] = heads[own] as number
        heads[own] = index
      }
    }
    if (index % 512 === 511) await onDone(index + 1)
  }
  await onDone(count)
  return [...groups.values()]
}
