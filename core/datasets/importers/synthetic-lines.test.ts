import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { scanFolder } from '../scan.ts'
import { fontFamilies } from '../synthetic/fonts.ts'
import type { Candidate } from './importer.ts'
import { syntheticLines } from './synthetic-lines.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'glyphlab-lines-'))
  writeFileSync(
    path.join(folder, 'corpus.txt'),
    'Es war einmal ein König & eine Königin, die <hatten> kein Kind.\n',
  )
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function lines(options: Record<string, unknown>): Promise<Candidate[]> {
  const scan = await scanFolder(folder)
  return (await syntheticLines.plan({ root: folder, scan, options })).candidates
}

const textOf = ({ annotation }: Candidate) => (typeof annotation === 'object' ? annotation.text : undefined)

describe('synthetic lines', () => {
  it('are drawn from the corpus, equal for equal seeds', async () => {
    const [first, again, other] = [
      await lines({ count: 5 }),
      await lines({ count: 5 }),
      await lines({ count: 5, seed: 1 }),
    ]
    expect(first.map(textOf)).toEqual(again.map(textOf))
    expect(first.map(textOf)).not.toEqual(other.map(textOf))
    for (const [index, line] of first.entries()) {
      const picture = await line.read()
      expect(picture.equals((await again[index]?.read()) ?? Buffer.alloc(0))).toBe(true)
      const { width = 0, height = 0 } = await sharp(picture).metadata()
      expect(height).toBeGreaterThan(15)
      expect(width).toBeGreaterThan(5 * (textOf(line)?.length ?? 0))
      expect((await sharp(picture).stats()).channels[0]?.min).toBeLessThan(150)
    }
  })

  it('are never longer than asked', async () => {
    for (const line of await lines({ count: 50, length: 12 }))
      expect(textOf(line)?.length).toBeLessThanOrEqual(12)
  })

  it('name a font that the machine lacks', async () => {
    if ((await fontFamilies()) === null) return
    await expect(lines({ fonts: 'No Such Font' })).rejects.toThrow(
      'There is no font "No Such Font" on this machine.',
    )
  })
})
