import { parse } from 'csv-parse/sync'

/** A table with a header row. The separator is that of the first line. @throws Error when rows can't be told apart */
export function readTable(text: string): { columns: string[]; rows: string[][] } {
  const [first = ''] = text.split('\n', 1)
  const delimiter = ['\t', ';', ','].find((one) => first.includes(one)) ?? ','
  const [columns = [], ...rows] = parse(text, {
    delimiter,
    bom: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  }) as string[][]
  return { columns: columns.map((name) => name.trim()), rows }
}
