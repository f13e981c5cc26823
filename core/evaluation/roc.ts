/**
 * Area under the receiver operating characteristic: the chance that a sample of the class scores above one that is not,
 * ties counting half (Mann and Whitney).
 * @returns null when there is no sample of the class, or no other
 */
export function rocAuc(scores: ArrayLike<number>, positive: ArrayLike<boolean>): number | null {
  const order = Array.from({ length: scores.length }, (_, index) => index).sort(
    (a, b) => (scores[a] as number) - (scores[b] as number),
  )
  let positives = 0
  let rankSum = 0
  for (let start = 0; start < order.length; ) {
    let end = start + 1
    while (end < order.length && scores[order[end] as number] === scores[order[start] as number]) end++
    const rank = (start + 1 + end) / 2
    for (let at = start; at < end; at++) {
      if (!positive[order[at] as number]) continue
      positives++
      rankSum += rank
    }
    start = end
  }
  const negatives = scores.length - positives
  if (positives === 0 || negatives === 0) return null
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives)
}
