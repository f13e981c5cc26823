import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import sharp from 'sharp'
import { createRandom } from '../../core/domain/random.ts'
import { sharedData } from './shared-data.ts'

export interface BenchPage {
  file: string
  /** Ground truth. */
  text: string
}

const words =
  'the of and a to in is you that it he was for on are as with his they at be this have from or one had by word but not what all were we when your can said there use an each which she do how their if will up other about out many then them these so some her would make like him into time has look two more write go see number no way could people my than first water been call who oil its now find long down day did get come made may part over new sound take only little work know place year live me back give most very after thing our just name good sentence man think say great where help through much before line right too mean old any same tell boy follow came want show also around form three small set put end does another well large must big even such because turn here why ask went men read need land different home us move try kind hand picture again change off play spell air away animal house point page letter mother answer found study still learn should America world'.split(
    ' ',
  )

/** A page of A4 at 300 dpi with sentences of the commonest English words, in DejaVu Serif of 10 to 12 points. */
async function drawPage(seed: number, folder: string): Promise<BenchPage> {
  const random = createRandom(seed, 'a4 page')
  const points = 10 + random.integer(3)
  const size = (points * 300) / 72
  const perLine = Math.floor(1_900 / (size * 0.54))
  const lines: string[] = []
  while (lines.length < Math.floor(2_900 / (size * 1.4))) {
    let line = ''
    for (;;) {
      const word = words[random.integer(words.length)] ?? ''
      const shown = line === '' ? `${word[0]?.toUpperCase()}${word.slice(1)}` : word
      if (line.length + shown.length + 2 > perLine) break
      line += line === '' ? shown : ` ${shown}`
    }
    lines.push(`${line}.`)
  }
  const texts = lines.map(
    (line, at) => `<text x="250" y="${Math.round(300 + at * size * 1.4)}">${line}</text>`,
  )
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="2480" height="3508"><rect width="100%" height="100%" fill="#fff"/><g font-family="DejaVu Serif" font-size="${size.toFixed(1)}">${texts.join('')}</g></svg>`
  const file = path.join(folder, `a4-${seed}.png`)
  await sharp(Buffer.from(svg)).greyscale().png().toFile(file)
  return { file, text: `${lines.join('\n')}\n` }
}

/** Generated A4 pages, and the scanned pages with ground truth where they lie beside the repository. */
export async function benchPages(folder: string, drawn: number): Promise<BenchPage[]> {
  await mkdir(folder, { recursive: true })
  const pages: BenchPage[] = []
  for (let seed = 1; seed <= drawn; seed++) pages.push(await drawPage(seed, folder))
  const shared = sharedData('ocr-tesseract-test')
  if (shared === undefined) return pages
  for (const name of ['phototest', 'eurotext', '8087_054.3B', '8071_093.3B']) {
    const file = path.join(folder, `${name}.tif`)
    await writeFile(file, await readFile(path.join(shared, 'testing', `${name}.tif`)))
    pages.push({ file, text: await readFile(path.join(shared, 'testing', `${name}.txt`), 'utf8') })
  }
  return pages
}
