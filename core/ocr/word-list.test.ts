import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { loadWordList } from './word-list.ts'

const directory = path.resolve('node_modules/@tesseract.js-data/eng/4.0.0_best_int')

describe('the word list of the language data', () => {
  it('has English words, and none that are not', async () => {
    const words = await loadWordList(directory, 'eng')
    for (const word of ['the', 'quick', 'jumped', 'London', "isn't", 'colour', 'a'])
      expect([word, words?.has(word)]).toEqual([word, true])
    for (const word of ['qwzx', 'tirne', 'wbich', 'hsve', '', '漢'])
      expect([word, words?.has(word)]).toEqual([word, false])
  })

  it('is none where the data has none, and is named where it can not be read', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'glyphlab-words-'))
    try {
      const empty = Buffer.alloc(4 + 8 * 24, 255)
      empty.writeInt32LE(24, 0)
      writeFileSync(path.join(folder, 'xyz.traineddata.gz'), gzipSync(empty))
      expect(await loadWordList(folder, 'xyz')).toBeNull()
      await expect(loadWordList(folder, 'eng')).rejects.toThrow(/eng\.traineddata\.gz can't be read/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
