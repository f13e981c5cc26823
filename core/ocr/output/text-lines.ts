import sharp from 'sharp'
import { displayedImage, readingPixels } from '../../imaging/image.ts'
import { blocksOf, wholePixels } from './layout.ts'
import type { FolderFormat } from './output.ts'

/** `0001.png` and `0001.gt.txt` for each line, cut from the displayed page; what line recognisers are trained on. */
export const textLines: FolderFormat = {
  kind: 'folder',
  id: 'text-lines',
  title: 'Text lines',
  description: 'A folder for each page with a picture of each line and its text beside it (.gt.txt).',

  async *write(page) {
    const lines = blocksOf(page).flatMap(({ lines: inBlock }) => inBlock)
    const { data, info } = await readingPixels(page.name, async () =>
      (await displayedImage(await page.picture(), page.name))
        .raw({ depth: 'uchar' })
        .toBuffer({ resolveWithObject: true }),
    )
    const digits = Math.max(4, String(lines.length).length)
    for (const [at, { box, text }] of lines.entries()) {
      const { x0, y0, x1, y1 } = wholePixels(box)
      const region = {
        left: Math.min(x0, info.width - 1),
        top: Math.min(y0, info.height - 1),
        width: Math.max(1, Math.min(x1, info.width) - x0),
        height: Math.max(1, Math.min(y1, info.height) - y0),
      }
      const stem = String(at + 1).padStart(digits, '0')
      const { width, height, channels } = info
      yield {
        name: `${stem}.png`,
        content: await sharp(data, { raw: { width, height, channels } }).extract(region).png().toBuffer(),
      }
      yield { name: `${stem}.gt.txt`, content: `${text.normalize('NFC')}\n` }
    }
  },
}
