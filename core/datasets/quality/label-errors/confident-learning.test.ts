import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../domain/random.ts'
import { greyPicture } from '../grey-picture.ts'
import { assignFolds, crossValidate, findLabelIssues } from './confident-learning.ts'
import { featureCount, pictureFeatures } from './features.ts'

const digits = path.resolve(import.meta.dirname, '../../../../data/datasets/sign-language-digits')

/** Points around one centre a class, in the plane. */
function clusters(classes: number, each: number) {
  const random = createRandom(5, 'clusters')
  const labels = Uint32Array.from({ length: classes * each }, (_, n) => n % classes)
  const inputs = Float32Array.from({ length: 2 * labels.length }, (_, at) => {
    const angle = ((labels[at >> 1] ?? 0) * 2 * Math.PI) / classes
    return (at & 1 ? Math.sin(angle) : Math.cos(angle)) + 0.3 * (random.next() - 0.5)
  })
  return { inputs, labels, features: 2, classes, folds: 5, seed: 1 }
}
const each = (count: number) => Uint32Array.from({ length: count }, (_, n) => n)

describe('probable label errors', () => {
  it('are exactly those that were made, where classes are clear', async () => {
    const { labels, ...rest } = clusters(4, 60)
    const wrong = new Map([
      [3, 0],
      [50, 1],
      [100, 3],
    ])
    const given = labels.slice()
    for (const [sample, label] of wrong) given[sample] = label
    const input = { ...rest, labels: given, units: each(given.length) }
    const issues = findLabelIssues(await crossValidate(input), given, 4)
    expect(issues.map(({ sample }) => sample).sort((a, b) => a - b)).toEqual([3, 50, 100])
    for (const { sample, suggested } of issues) expect(suggested).toBe(labels[sample])
  })

  it('are ranked by how sure the classifier is, by the rule of the paper', () => {
    // Two classes with thresholds 0.65 and 0.6.
    const probabilities = Float32Array.from([0.9, 0.1, 0.1, 0.9, 0.95, 0.05, 0.35, 0.65, 0.2, 0.8])
    const labels = Uint32Array.from([0, 0, 0, 1, 1])
    const issues = findLabelIssues(probabilities, labels, 2)
    expect(issues.map(({ sample, suggested }) => [sample, suggested])).toEqual([[1, 1]])
    expect(issues[0]?.margin).toBeCloseTo(-0.8)
  })

  it('keep copies in one fold, and folds alike', () => {
    const { labels, ...rest } = clusters(2, 50)
    const units = Uint32Array.from(labels, (_, n) => n % 50)
    const fold = assignFolds({ ...rest, labels, units })
    for (let n = 0; n < 50; n++) expect(fold[n]).toBe(fold[n + 50])
    const sizes = [0, 1, 2, 3, 4].map((wanted) => fold.filter((each) => each === wanted).length)
    expect(sizes).toEqual([20, 20, 20, 20, 20])
  })

  it('put real mistakes among photos first', async () => {
    const files = readdirSync(digits, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.jpe?g$/i.test(file))
      .sort()
    const truth = Uint32Array.from(files, (file) => Number(file.split(path.sep)[0]))
    const inputs = new Float32Array(files.length * featureCount)
    for (const [row, file] of files.entries())
      inputs.set(
        pictureFeatures(await greyPicture(readFileSync(path.join(digits, file)), file)),
        row * featureCount,
      )
    const random = createRandom(11, 'flips')
    const flipped = new Set(random.shuffle(files.map((_, n) => n)).slice(0, 10))
    const labels = truth.map((label, n) => (flipped.has(n) ? (label + 1 + random.integer(9)) % 10 : label))
    const probabilities = await crossValidate({
      inputs,
      features: featureCount,
      labels,
      classes: 10,
      folds: 5,
      seed: 42,
      units: each(files.length),
    })
    const first = findLabelIssues(probabilities, labels, 10).slice(0, 10)
    expect(first.filter(({ sample }) => flipped.has(sample)).length).toBeGreaterThanOrEqual(5)
  }, 60_000)
})
