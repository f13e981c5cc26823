const exactUpTo = 16
const samples = 100_000
/** Sums in another order differ in their last bits: what is equal but for them counts as reached. */
const roundingShare = 1e-12

/** xorshift32: the same p for the same numbers. */
function randomSigns(seed: number): () => 1 | -1 {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) & 1 ? 1 : -1
  }
}

/**
 * The two-sided sign-flip permutation test of paired differences (R. A. Fisher, The Design of Experiments, 1935, §21):
 * the share of all assignments of signs whose mean is at least as far from zero. Up to 16 pairs every assignment is
 * counted; beyond, 100,000 are drawn, and the observed one is counted among them (Phipson and Smyth, Statistical
 * Applications in Genetics and Molecular Biology 9, 2010), so that p is never 0. NaN without a pair.
 */
export function pairedPermutationTest(differences: readonly number[]): {
  p: number
  method: 'exact' | 'sampled'
} {
  const { length } = differences
  const observed = Math.abs(differences.reduce((sum, difference) => sum + difference, 0))
  const total = differences.reduce((sum, difference) => sum + Math.abs(difference), 0)
  const reached = observed - total * roundingShare
  if (length <= exactUpTo) {
    let extreme = 0
    const assignments = 2 ** length
    for (let signs = 0; signs < assignments; signs++) {
      let sum = 0
      for (let index = 0; index < length; index++)
        sum += (signs >> index) & 1 ? -(differences[index] ?? 0) : (differences[index] ?? 0)
      if (Math.abs(sum) >= reached) extreme += 1
    }
    return { p: length === 0 ? Number.NaN : extreme / assignments, method: 'exact' }
  }
  const sign = randomSigns(0x9e3779b9)
  let extreme = 1
  for (let sample = 0; sample < samples; sample++) {
    let sum = 0
    for (const difference of differences) sum += sign() * difference
    if (Math.abs(sum) >= reached) extreme += 1
  }
  return { p: extreme / (samples + 1), method: 'sampled' }
}

/** Holm's step-down correction (Scandinavian Journal of Statistics 6, 1979), in the order given. NaN counts as no test. */
export function holm(ps: readonly number[]): number[] {
  const order = ps.flatMap((p, index) => (Number.isNaN(p) ? [] : [{ p, index }])).sort((a, b) => a.p - b.p)
  const adjusted = ps.map(() => Number.NaN)
  let highest = 0
  for (const [rank, { p, index }] of order.entries()) {
    highest = Math.max(highest, Math.min(1, p * (order.length - rank)))
    adjusted[index] = highest
  }
  return adjusted
}
