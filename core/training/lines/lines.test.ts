import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { trainingOptions } from '../../contract/index.ts'
import { createRandom } from '../../domain/random.ts'
import type { TrainingSamples } from '../../domain/training-request.ts'
import { linePixels, lineWidthStep } from '../../imaging/line-pixels.ts'
import { augmentLine } from './augment-line.ts'
import { LineBatches } from './line-batches.ts'

const size = { width: 64, height: 16 }

/** A black bar on paper. */
function bar(): Float32Array {
  return Float32Array.from({ length: size.width * size.height }, (_, at) => {
    const [x, y] = [at % size.width, Math.floor(at / size.width)]
    return x >= 20 && x < 44 && y >= 5 && y < 11 ? 1 : 0
  })
}

const ink = (pixels: Float32Array) => pixels.reduce((sum, value) => sum + value, 0)

describe('the augmentation of a line', () => {
  it.each(['elastic', 'perspective', 'dilation', 'noise', 'blur'] as const)(
    '%s changes the line, the same way for the same seed, and stays within ink and paper',
    (kind) => {
      const options = trainingOptions.parse({ [kind]: 0.9 })
      const once = augmentLine(bar(), size, options, createRandom(1, 'line'))
      expect(once).toEqual(augmentLine(bar(), size, options, createRandom(1, 'line')))
      expect(once).not.toEqual(augmentLine(bar(), size, options, createRandom(2, 'line')))
      expect(once).not.toEqual(bar())
      expect(once.every((value) => value >= -1e-6 && value <= 1 + 1e-6)).toBe(true)
      expect(ink(once) / ink(bar())).toBeGreaterThan(0.5)
    },
  )

  it('leaves the line as it is without options', () => {
    expect(augmentLine(bar(), size, trainingOptions.parse({}), createRandom(1, 'line'))).toEqual(bar())
  })
})

describe('a line as the recogniser sees it', () => {
  it('keeps its proportions, has paper around it, and uses the whole range of greys', async () => {
    const dim = Buffer.alloc(300 * 60, 180)
    for (let y = 20; y < 40; y++) dim.fill(90, y * 300 + 50, y * 300 + 250)
    const picture = await sharp(dim, { raw: { width: 300, height: 60, channels: 1 } })
      .png()
      .toBuffer()
    const { pixels, width, height } = await linePixels(picture, 'line.png', 40)
    expect(height).toBe(40)
    expect(width % lineWidthStep).toBe(0)
    expect(width).toBe(Math.ceil((200 + 16) / 32) * 32)
    expect([Math.min(...pixels), Math.max(...pixels)]).toEqual([0, 255])
    expect(pixels[20 * width]).toBe(255)
  })

  it('names a file that is no picture', async () => {
    await expect(linePixels(Buffer.from('no'), 'x.png', 40)).rejects.toMatchObject({
      code: 'UNREADABLE_FILE',
      message: expect.stringContaining('x.png'),
    })
  })

  it('refuses what is far too wide for a line', async () => {
    const strip = await sharp(Buffer.alloc(3000 * 4), { raw: { width: 3000, height: 4, channels: 1 } })
      .png()
      .toBuffer()
    await expect(linePixels(strip, 'strip.png', 40)).rejects.toThrow('too wide for a line')
  })
})

describe('batches of lines', () => {
  const widths = [64, 320, 96, 64, 256, 96, 128, 64]
  const texts = ['ab', 'abba', 'b', 'a', 'ba', 'abab', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'b']
  const samples: TrainingSamples = {
    datasetDigest: '',
    labels: [],
    samples: texts.map((text, index) => ({
      path: `${index}.png`,
      location: { file: '', offset: 0, length: 0 },
      label: -1,
      subset: 'train',
      width: 0,
      height: 0,
      text,
    })),
  }
  const lines = widths.map((width) => ({ width, height: 16, pixels: new Uint8Array(width * 16).fill(255) }))
  const batches = new LineBatches(lines, samples, ['a', 'b'], trainingOptions.parse({ noise: 0.1 }))

  it('leave out and name lines whose text does not fit', () => {
    expect(batches.tooShort).toEqual(['6.png'])
    expect([...batches.indices('train')]).toEqual([0, 1, 2, 3, 4, 5, 7])
  })

  it('hold lines of like widths, each line once', () => {
    const order = batches.order(batches.indices('train'), 3, createRandom(1, 'order'))
    expect([...order].sort()).toEqual([...batches.indices('train')])
    expect([...order.subarray(0, 3)].map((index) => widths[index])).toSatisfy(
      (group: number[]) => Math.max(...group) - Math.min(...group) <= 224,
    )
    expect(order).toEqual(batches.order(batches.indices('train'), 3, createRandom(1, 'order')))
  })

  it('are padded to the widest, and know the frames of each', () => {
    const batch = batches.batch(Uint32Array.of(0, 4))
    expect(batch).toMatchObject({
      size: 2,
      width: 256,
      height: 16,
      targets: [
        [0, 1],
        [1, 0],
      ],
    })
    expect([...batch.lengths]).toEqual([16, 64])
    expect(batch.inputs.every((value) => value === 0)).toBe(true)
  })

  it('are augmented by line and epoch, whatever the batch', () => {
    const alone = batches.batch(Uint32Array.of(0), 2).inputs
    const together = batches.batch(Uint32Array.of(0, 3), 2).inputs
    expect(together.subarray(0, alone.length)).toEqual(alone)
    expect(batches.batch(Uint32Array.of(0), 3).inputs).not.toEqual(alone)
  })
})
