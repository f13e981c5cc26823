import { appendFile, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { wasmBackend } from '../training/backends/wasm.ts'
import { loadClassifier } from './classifier.ts'
import { makeSmallModel, shippedPicture } from './testing/small-model.ts'

describe('loadClassifier', () => {
  it('gives every label a float32 probability, in the order of the labels, the same each time', async () => {
    const { directory, digest, labels } = await makeSmallModel()
    const classifier = await loadClassifier(directory)
    const picture = await shippedPicture('classify/hand-sign-2.JPG')
    const first = await classifier.classify(picture, 'hand-sign-2.JPG')
    expect(classifier.digest).toBe(digest)
    expect(first.probabilities).toHaveLength(labels.length)
    expect(first.probabilities.reduce((sum, value) => sum + value)).toBeCloseTo(1, 6)
    expect(first.probabilities).toEqual(first.probabilities.map(Math.fround))
    expect(first.label).toBe(labels[first.probabilities.indexOf(Math.max(...first.probabilities))])
    expect(await classifier.classify(picture, 'hand-sign-2.JPG')).toEqual(first)
    classifier.dispose()
  })

  it('leaves no tensor behind after many pictures, and none at all when it is disposed', async () => {
    const { tf } = await wasmBackend.load()
    const { directory } = await makeSmallModel()
    const before = tf.memory().numTensors
    const classifier = await loadClassifier(directory)
    const picture = await shippedPicture('classify/hand-sign-7.JPG')
    await classifier.classify(picture, 'hand-sign-7.JPG')
    const warm = tf.memory().numTensors
    for (let i = 0; i < 20; i += 1) await classifier.classify(picture, 'hand-sign-7.JPG')
    expect(tf.memory().numTensors).toBe(warm)
    classifier.dispose()
    expect(tf.memory().numTensors).toBe(before)
  })

  it('names a picture that is none', async () => {
    const { directory } = await makeSmallModel()
    const classifier = await loadClassifier(directory)
    await expect(classifier.classify(Buffer.from('no picture'), 'notes.png')).rejects.toMatchObject({
      code: 'UNREADABLE_FILE',
      message: expect.stringContaining('notes.png'),
    })
    classifier.dispose()
  })

  it.each([
    ['missing', 'weights.bin', (file: string) => rm(file)],
    ['short', 'weights.bin', (file: string) => truncate(file, 100)],
    ['changed', 'model.json', (file: string) => appendFile(file, ' ')],
    ['missing', 'glyphlab-model.json', (file: string) => rm(file)],
  ])('is damaged when a file is %s, and names it: %s', async (_how, name, damage) => {
    const { directory } = await makeSmallModel()
    await damage(join(directory, name))
    await expect(loadClassifier(directory)).rejects.toMatchObject({
      code: 'DAMAGED',
      message: expect.stringContaining(name),
    })
  })
})
