import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../domain/random.ts'
import { greyPicture } from './grey-picture.ts'
import { groupNearDuplicates, hashDistance, nearLimits } from './near-duplicates.ts'
import { correlation, measurePicture } from './picture-measure.ts'

/** A photo-like picture: soft blobs, different for each seed. */
async function scene(seed: number): Promise<Buffer> {
  const random = createRandom(seed, 'scene')
  const pixels = Buffer.from(Array.from({ length: 12 * 12 * 3 }, () => random.integer(256)))
  return sharp(pixels, { raw: { width: 12, height: 12, channels: 3 } })
    .resize(120, 120, { kernel: 'cubic' })
    .png()
    .toBuffer()
}

const measured = async (bytes: Buffer) => measurePicture(await greyPicture(bytes, 'x'))
const words = (...hashes: [number, number][]) => new Uint32Array(hashes.flat())

describe('perceptual hashes', () => {
  it('stay near under compression, scaling, light and another format, and are far for another picture', async () => {
    const original = await scene(1)
    const base = await measured(original)
    const variants = [
      sharp(original).jpeg({ quality: 30 }),
      sharp(original).resize(60, 60).webp(),
      sharp(original).linear(0.7, 20).png(),
      sharp(original).greyscale().png(),
    ]
    for (const variant of variants) {
      const bytes = await variant.toBuffer()
      const { dct, gradient } = await measured(bytes)
      expect(hashDistance(words(base.dct, dct), 0, 1)).toBeLessThanOrEqual(nearLimits.dctBits)
      expect(hashDistance(words(base.gradient, gradient), 0, 1)).toBeLessThanOrEqual(nearLimits.gradientBits)
      expect(correlation(await greyPicture(original, 'a'), await greyPicture(bytes, 'b'))).toBeGreaterThan(
        0.985,
      )
    }
    const other = await measured(await scene(2))
    expect(hashDistance(words(base.dct, other.dct), 0, 1)).toBeGreaterThan(12)
  })

  it('see the picture as it is displayed: a turned JPEG equals its upright copy', async () => {
    const original = await scene(3)
    const upright = await greyPicture(original, 'a')
    const turned = await sharp(original)
      .rotate(270)
      .jpeg({ quality: 95 })
      .withMetadata({ orientation: 6 })
      .toBuffer()
    expect(correlation(upright, await greyPicture(turned, 'b'))).toBeGreaterThan(0.985)
  })
})

describe('groups of near-duplicates', () => {
  const random = createRandom(7, 'hashes')
  const flip = (hash: [number, number], bits: number): [number, number] => {
    const places = random.shuffle(Array.from({ length: 64 }, (_, bit) => bit)).slice(0, bits)
    const [a, b] = hash
    return places.reduce<[number, number]>(
      ([x, y], bit) => (bit < 32 ? [(x ^ (1 << bit)) >>> 0, y] : [x, (y ^ (1 << (bit - 32))) >>> 0]),
      [a, b],
    )
  }
  const any = (): [number, number] => [random.integer(2 ** 32), random.integer(2 ** 32)]

  it('are those that comparing each with each would find', async () => {
    const centres = Array.from({ length: 60 }, any)
    const hashes = Array.from({ length: 1_500 }, (_, n) =>
      n < 60 ? (centres[n] ?? any()) : flip(centres[random.integer(60)] ?? any(), random.integer(9)),
    )
    const dct = words(...hashes)
    const count = hashes.length
    const input = { dct, gradient: new Uint32Array(2 * count), aspects: new Float32Array(count).fill(1) }
    const limits = { dctBits: 7, gradientBits: 64, aspect: 2 }
    const found = await groupNearDuplicates(input, async () => true, limits)
    // The same by brute force.
    const leaders: number[] = []
    const expected = new Map<number, number[]>()
    for (let index = 0; index < count; index++) {
      const near = leaders
        .map((leader) => ({ leader, distance: hashDistance(dct, leader, index) }))
        .filter(({ distance }) => distance <= 7)
        .sort((a, b) => a.distance - b.distance || a.leader - b.leader)[0]
      if (near) expected.set(near.leader, [...(expected.get(near.leader) ?? [near.leader]), index])
      else leaders.push(index)
    }
    const sorted = (groups: number[][]) => groups.map((group) => group.join()).sort()
    expect(sorted(found)).toEqual(sorted([...expected.values()]))
  })

  it('hold only what was confirmed, and nothing of another shape', async () => {
    const hash = any()
    const same = words(hash, hash, hash, hash)
    const input = { dct: same, gradient: same, aspects: new Float32Array([1, 1, 2, 1]) }
    expect(await groupNearDuplicates(input, async () => true)).toEqual([[0, 1, 3]])
    expect(await groupNearDuplicates(input, async (a, b) => a === 0 && b === 3)).toEqual([[0, 3]])
  })
})
