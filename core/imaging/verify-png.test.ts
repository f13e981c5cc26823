import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { encodeGreyPng } from './png.ts'
import { verifyPlainPng } from './verify-png.ts'

const suite = ['../shared', '../../shared']
  .map((shared) => path.join(import.meta.dirname, '../..', shared, 'data/img-pngsuite'))
  .find((folder) => existsSync(folder))

const noise = (length: number) => Buffer.from(Array.from({ length }, (_, at) => (at * 7919) % 256))

describe('the quick check of a PNG', () => {
  it.each([
    ['grey', 1, {}],
    ['colour', 3, {}],
    ['with alpha', 4, {}],
    ['with a palette', 3, { palette: true }],
  ] as const)('knows the size of one that is %s', async (_, channels, options) => {
    const raw = { width: 9, height: 5, channels }
    const png = await sharp(noise(9 * 5 * channels), { raw })
      .png(options)
      .toBuffer()
    expect(verifyPlainPng(png)).toEqual({ width: 9, height: 5 })
  })

  it('leaves every damaged one to a decoder', () => {
    const png = encodeGreyPng(noise(28 * 28), 28, 28)
    expect(verifyPlainPng(png)).toEqual({ width: 28, height: 28 })
    for (let at = 0; at < png.length; at++) {
      const damaged = Buffer.from(png)
      damaged[at] = (damaged[at] ?? 0) ^ 0x55
      expect(verifyPlainPng(damaged), `byte ${at} changed`).toBeNull()
      expect(verifyPlainPng(png.subarray(0, at)), `cut at ${at}`).toBeNull()
    }
    expect(verifyPlainPng(Buffer.concat([png, Buffer.from('more')]))).toBeNull()
  })

  it('leaves to a decoder what is turned, interlaced or has a profile', async () => {
    const raw = { width: 9, height: 5, channels: 3 as const }
    const picture = () => sharp(noise(9 * 5 * 3), { raw })
    expect(verifyPlainPng(await picture().png({ progressive: true }).toBuffer())).toBeNull()
    expect(verifyPlainPng(await picture().withMetadata({ orientation: 6 }).png().toBuffer())).toBeNull()
    expect(verifyPlainPng(await picture().jpeg().toBuffer())).toBeNull()
  })

  it.skipIf(!suite)('says yes only where sharp decodes to the same size (PngSuite)', async () => {
    const folder = suite ?? ''
    let accepted = 0
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.png'))) {
      const bytes = readFileSync(path.join(folder, name))
      const size = verifyPlainPng(bytes)
      if (!size) continue
      accepted += 1
      const { info } = await sharp(bytes, { failOn: 'error' }).raw().toBuffer({ resolveWithObject: true })
      expect(size, name).toEqual({ width: info.width, height: info.height })
    }
    expect(accepted).toBeGreaterThan(50)
  })
})
