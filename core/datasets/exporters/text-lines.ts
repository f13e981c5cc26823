import { stemOf } from '../formats/file-index.ts'
import { counted } from '../formats/notes.ts'
import type { Exporter } from './exporter.ts'
import { losses } from './losses.ts'
import { safePaths } from './safe-names.ts'

export const textLines: Exporter = {
  id: 'text-lines',
  title: 'Text lines (pictures with .gt.txt)',
  description: 'Each picture with its transcription beside it, as Tesseract, Kraken and OCRopus train on it.',

  async write({ samples, writer }) {
    const { paths, warnings } = safePaths(
      samples.map(({ path }) => path),
      { byStem: true },
    )
    for (const [index, sample] of samples.entries()) {
      const path = paths[index] ?? ''
      await writer.picture(path, sample)
      if (sample.text !== null) await writer.file(`${stemOf(path)}.gt.txt`, `${sample.text}\n`)
    }
    const silent = samples.filter(({ text }) => text === null || text === '').length
    const ends = samples.filter(({ text }) => text !== null && /[\r\n]$/.test(text)).length
    return [
      ...warnings,
      ...(silent > 0
        ? [
            `${counted(silent, 'picture')} ${silent === 1 ? 'has' : 'have'} no transcription; readers pass over ${silent === 1 ? 'it' : 'them'}.`,
          ]
        : []),
      ...(ends > 0
        ? [`${counted(ends, 'transcription')} ended in a line break, which readers take away.`]
        : []),
      ...losses(samples, ['label', 'value', 'group', 'boxes', 'subset']),
    ]
  },
}
