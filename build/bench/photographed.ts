import sharp from 'sharp'
import { createRandom } from '../../core/domain/random.ts'

/** How a page was photographed; `seed` gives the angle, the light, the focus and the noise. */
export async function photographed(page: Buffer, seed: number): Promise<Buffer> {
  const random = createRandom(seed, 'photograph')
  const between = (from: number, to: number) => from + (to - from) * (random.integer(1_000) / 1_000)
  const table = Math.round(between(40, 120))
  const background = { r: table, g: table - 10, b: table - 20 }
  const paper = sharp(page).resize({ width: 1_400, height: 1_800, fit: 'inside', withoutEnlargement: true })
  const taken = await paper.png().toBuffer()
  const lying = await sharp(taken)
    .affine(
      [
        [1, between(-0.04, 0.04)],
        [between(-0.04, 0.04), 1],
      ],
      { background },
    )
    .extend({ top: 40, bottom: 50, left: 60, right: 40, background })
    .removeAlpha()
    .toColourspace('srgb')
    .png()
    .toBuffer()
  const { width = 0, height = 0 } = await sharp(lying).metadata()
  const [darkest, from] = [between(0.3, 0.7), random.integer(4)]
  const ends = [
    'x1="0" y1="0" x2="1" y2="1"',
    'x1="1" y1="0" x2="0" y2="1"',
    'x1="0" y1="1" x2="0" y2="0"',
    'x1="0" y1="0" x2="1" y2="0"',
  ][from]
  const light = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><linearGradient id="g" ${ends}><stop stop-color="#1a1408" stop-opacity="${between(0.05, 0.15)}"/><stop offset="1" stop-color="#0a0804" stop-opacity="${darkest}"/></linearGradient><rect width="${width}" height="${height}" fill="url(#g)"/></svg>`,
  )
  const grain = await sharp({
    create: {
      width,
      height,
      channels: 3,
      background: '#000',
      noise: { type: 'gaussian', mean: 128, sigma: between(6, 18) },
    },
  })
    .png()
    .toBuffer()
  return sharp(lying)
    .composite([
      { input: light },
      { input: await sharp(grain).ensureAlpha(0.15).png().toBuffer(), blend: 'over' },
    ])
    .blur(between(0.5, 1.2))
    .jpeg({ quality: Math.round(between(35, 80)) })
    .toBuffer()
}
