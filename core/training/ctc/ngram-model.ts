/** Which character follows which: learnt from texts given as classes of the alphabet. */
export interface NgramModel {
  /** Natural log of the probability of `character` after `before`; never minus infinity. */
  logProbability(before: readonly number[], character: number): number
}

interface Followers {
  total: number
  counts: Map<number, number>
}

/**
 * Character n-grams with Witten-Bell smoothing (1991): each context trusts itself as much as it has been seen, and the
 * next shorter one for the rest, down to equal chances.
 * @param order characters in an n-gram: 1 knows frequencies only
 * @param characters size of the alphabet
 */
export function trainNgramModel(
  texts: Iterable<readonly number[]>,
  { order, characters }: { order: number; characters: number },
): NgramModel {
  const contexts = new Map<string, Followers>()
  for (const text of texts) {
    for (const [at, character] of text.entries()) {
      for (let length = 0; length < order && length <= at; length++) {
        const key = text.slice(at - length, at).join()
        const followers = contexts.get(`${length}:${key}`) ?? { total: 0, counts: new Map() }
        followers.total++
        followers.counts.set(character, (followers.counts.get(character) ?? 0) + 1)
        contexts.set(`${length}:${key}`, followers)
      }
    }
  }
  return {
    logProbability(before, character) {
      let probability = 1 / characters
      for (let length = 0; length < order && length <= before.length; length++) {
        const followers = contexts.get(`${length}:${before.slice(before.length - length).join()}`)
        if (!followers) break
        const { total, counts } = followers
        probability = ((counts.get(character) ?? 0) + counts.size * probability) / (total + counts.size)
      }
      return Math.log(probability)
    },
  }
}
