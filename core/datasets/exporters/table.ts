import type { ExportSample } from '../export-messages.ts'
import type { Exporter } from './exporter.ts'
import { safePaths } from './safe-names.ts'

type Column = { name: string; of: (sample: ExportSample, path: string) => string }

const columns: Column[] = [
  { name: 'file', of: (_, path) => path },
  { name: 'label', of: ({ label }) => label },
  { name: 'text', of: ({ text }) => text ?? '' },
  { name: 'value', of: ({ value }) => (value === null ? '' : String(value)) },
  { name: 'group', of: ({ group }) => group ?? '' },
  { name: 'subset', of: ({ subset }) => subset },
  { name: 'boxes', of: ({ boxes }) => (boxes.length === 0 ? '' : JSON.stringify(boxes)) },
]
/** The class too: without it, a reader that guesses takes another column for it. */
const always = ['file', 'label', 'subset']

/** RFC 4180; every cell that a reader might trim or split is quoted. */
const cell = (text: string): string =>
  /[",;\t\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text

const tableFile = 'labels.csv'

export const table: Exporter = {
  id: 'table',
  title: 'Table (CSV) with the pictures',
  description:
    'The pictures at their paths, and labels.csv with a row for each: class, text, value, group, subset, boxes.',

  async write({ samples, writer }) {
    const { paths, warnings } = safePaths([tableFile, ...samples.map(({ path }) => path)])
    const rows = samples.map((sample, index) =>
      columns.map((column) => column.of(sample, paths[index + 1] ?? '')),
    )
    const used = columns.map(
      ({ name }, index) => always.includes(name) || rows.some((row) => row[index] !== ''),
    )
    const line = (cells: string[]) =>
      `${cells
        .filter((_, index) => used[index])
        .map(cell)
        .join(',')}\r\n`
    await writer.file(tableFile, `${line(columns.map(({ name }) => name))}${rows.map(line).join('')}`)
    for (const [index, sample] of samples.entries()) await writer.picture(paths[index + 1] ?? '', sample)
    const silent = samples.filter(({ text }) => text === null).length
    return [
      ...warnings,
      ...(silent > 0 && silent < samples.length
        ? ['A table does not tell a picture without a transcription from one with an empty transcription.']
        : []),
    ]
  },
}
