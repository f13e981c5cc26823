import { describe, expect, it } from 'vitest'
import { manifestDigest } from './manifest.ts'

const plain = { path: 'a/1.png', hash: 'aa', label: 'a', text: null, value: null, group: null, boxes: [] }
const box = { label: 'cell', x0: 0, y0: 1, x1: 5, y1: 6, text: null }

describe('the digest of a dataset version', () => {
  it('of classes alone is the one that earlier versions had', () => {
    expect(manifestDigest([plain])).toBe('ebf72f56f4d0dfa19a06917fab00e1a8144946b6fd02d83759f537c0900c66a0')
  })

  it.each([
    ['text', { text: 'hello' }],
    ['value', { value: 0 }],
    ['group', { group: 'g' }],
    ['boxes', { boxes: [box] }],
    ['text of a box', { boxes: [{ ...box, text: 'x' }] }],
  ])('changes with its %s', (_, change) => {
    expect(manifestDigest([{ ...plain, ...change }])).not.toBe(manifestDigest([plain]))
  })
})
