import { afterAll, describe, expect, it } from 'vitest'
import { trainingOptions } from '../contract/index.ts'
import { createRandom } from '../domain/random.ts'
import { augmentPicture, augments } from './augmentation.ts'
import { AugmentationPool } from './augmentation-pool.ts'
import { mixPictures } from './mixing.ts'

const size = { width: 9, height: 7, channels: 3 } as const
const random = createRandom(1, 'picture')
const picture = Uint8Array.from({ length: 9 * 7 * 3 }, () => random.integer(256))
const plain = trainingOptions.parse({})
const at = (sample: number, epoch = 1) => ({ seed: 4, epoch, sample })

describe('augmentation', () => {
  it('changes nothing while every option is off', () => {
    expect(augments(plain)).toBe(false)
    expect(augmentPicture(picture, size, plain, at(0))).toEqual(picture)
  })

  it('mirrors about half of the pictures exactly', () => {
    const options = { ...plain, flipHorizontal: true }
    const mirrored = picture.map((_, index) => {
      const [row, column, channel] = [Math.floor(index / 27), Math.floor(index / 3) % 9, index % 3]
      return picture[row * 27 + (8 - column) * 3 + channel] as number
    })
    const shown = Array.from({ length: 40 }, (_, sample) =>
      augmentPicture(picture, size, options, at(sample)),
    )
    const flipped = shown.filter((one) => Buffer.from(one).equals(mirrored))
    expect(flipped.length).toBeGreaterThan(10)
    expect(flipped.length).toBeLessThan(30)
    expect(shown.filter((one) => Buffer.from(one).equals(picture))).toHaveLength(40 - flipped.length)
  })

  it.each([
    ['shift', 0.3],
    ['crop', 0.4],
    ['rotation', 30],
    ['colour', 0.5],
    ['noise', 0.2],
    ['blur', 2],
  ] as const)(
    '%s shows a sample otherwise in each epoch, and alike for the same seed and epoch',
    (key, most) => {
      const options = { ...plain, [key]: most }
      expect(augments(options)).toBe(true)
      const first = augmentPicture(picture, size, options, at(3))
      expect(first).not.toEqual(picture)
      expect(augmentPicture(picture, size, options, at(3))).toEqual(first)
      expect(augmentPicture(picture, size, options, at(3, 2))).not.toEqual(first)
      expect(augmentPicture(picture, size, options, at(4))).not.toEqual(first)
    },
  )
})

describe('augmentation in other threads', () => {
  const shared = new SharedArrayBuffer(2 * picture.length)
  new Uint8Array(shared).set(picture)
  new Uint8Array(shared).set(picture, picture.length)
  const options = { ...plain, rotation: 20, noise: 0.1 }
  const inputOf = Float32Array.from({ length: 256 }, (_, pixel) => pixel / 255)
  const pool = new AugmentationPool({ pixels: shared, size, options, seed: 4, inputOf })
  afterAll(() => pool.close())

  it('gives what this thread would', async () => {
    const [inputs] = await Promise.all([
      pool.make(Uint32Array.of(1, 0), 5),
      pool.make(Uint32Array.of(0), 1),
      pool.make(Uint32Array.of(1), 2),
    ])
    const expected = [1, 0].flatMap((sample) => [...augmentPicture(picture, size, options, at(sample, 5))])
    expect([...inputs]).toEqual(expected.map((pixel) => Math.fround(pixel / 255)))
  })
})

describe('mixed pictures', () => {
  it('keep the larger part of their own and name the other class', () => {
    const batch = { size: 3, inputs: Float32Array.of(0, 1, 10), labels: Uint32Array.of(0, 1, 2) }
    const { inputs, mixed } = mixPictures(batch, 0.5, 1, 'x')
    expect([...(mixed?.labels ?? [])]).toEqual([1, 2, 0])
    for (const [row, part] of (mixed?.parts ?? []).entries()) {
      expect(part).toBeLessThanOrEqual(0.5)
      const other = batch.inputs[(row + 1) % 3] as number
      expect(inputs[row]).toBeCloseTo((batch.inputs[row] as number) * (1 - part) + other * part, 5)
    }
    expect(mixPictures(batch, 0.5, 1, 'x').inputs).toEqual(inputs)
  })
})
