export interface Span {
  kind: 'text' | 'strong' | 'emphasis' | 'code'
  text: string
}

export type Block =
  | { kind: 'heading'; level: number; text: string }
  | { kind: 'paragraph'; text: string }
  | { kind: 'list'; ordered: boolean; items: string[] }
  | { kind: 'code'; text: string }
  | { kind: 'table'; head: string[]; rows: string[][] }

const heading = /^(#{1,6})\s+(.*?)\s*#*$/
const bullet = /^\s*[-*+]\s+(.*)$/
const numbered = /^\s*\d+[.)]\s+(.*)$/
const fence = /^\s*(```|~~~)/
const tableRule = /^\s*\|?\s*:?-{3,}:?\s*(\|\s*:?-{3,}:?\s*)*\|?\s*$/

/** The cells of a line of a table; an escaped bar is no border. */
const cellsOf = (line: string): string[] =>
  line
    .trim()
    .replace(/^\||(?<!\\)\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim())

/** Headings, paragraphs, flat lists, fenced code and tables. Everything else, HTML too, is text. */
export function parseMarkdown(source: string): Block[] {
  const lines = source.replace(/\r\n?/g, '\n').split('\n')
  const blocks: Block[] = []
  let at = 0
  const taken = (pattern: RegExp): string[] => {
    const items: string[] = []
    for (let found = pattern.exec(lines[at] ?? ''); found; found = pattern.exec(lines[at] ?? '')) {
      items.push(found[1] ?? '')
      at += 1
    }
    return items
  }
  const startsBlock = (line: string): boolean =>
    line.trim() === '' || heading.test(line) || bullet.test(line) || numbered.test(line) || fence.test(line)
  while (at < lines.length) {
    const line = lines[at] ?? ''
    const title = heading.exec(line)
    const marks = fence.exec(line)?.[1]
    if (line.trim() === '') at += 1
    else if (title) {
      blocks.push({ kind: 'heading', level: title[1]?.length ?? 1, text: title[2] ?? '' })
      at += 1
    } else if (marks !== undefined) {
      const end = lines.findIndex((other, index) => index > at && other.trim().startsWith(marks))
      const last = end === -1 ? lines.length : end
      blocks.push({ kind: 'code', text: lines.slice(at + 1, last).join('\n') })
      at = last + 1
    } else if (line.includes('|') && tableRule.test(lines[at + 1] ?? '')) {
      const rows: string[][] = []
      at += 2
      for (; (lines[at] ?? '').includes('|'); at += 1) rows.push(cellsOf(lines[at] ?? ''))
      blocks.push({ kind: 'table', head: cellsOf(line), rows })
    } else if (bullet.test(line)) blocks.push({ kind: 'list', ordered: false, items: taken(bullet) })
    else if (numbered.test(line)) blocks.push({ kind: 'list', ordered: true, items: taken(numbered) })
    else {
      const start = at
      do at += 1
      while (at < lines.length && !startsBlock(lines[at] ?? ''))
      blocks.push({ kind: 'paragraph', text: lines.slice(start, at).join(' ') })
    }
  }
  return blocks
}

const marked =
  /`([^`]+)`|\*\*(\S(?:.*?\S)?)\*\*|(?<!\w)[*_](\S(?:.*?\S)?)[*_](?!\w)|\\([\\`*_{}[\]<>()#+!|~-])/g

/** Strong, emphasised and code parts of a line. Links stay text: a card comes from anywhere. */
export function parseSpans(text: string): Span[] {
  const spans: Span[] = []
  let end = 0
  const plain = (part: string) => {
    const last = spans.at(-1)
    if (last?.kind === 'text') last.text += part
    else if (part !== '') spans.push({ kind: 'text', text: part })
  }
  for (const found of text.matchAll(marked)) {
    plain(text.slice(end, found.index))
    const [whole, code, strong, emphasis, escaped] = found
    if (code !== undefined) spans.push({ kind: 'code', text: code })
    else if (strong !== undefined) spans.push({ kind: 'strong', text: strong })
    else if (emphasis !== undefined) spans.push({ kind: 'emphasis', text: emphasis })
    else plain(escaped ?? '')
    end = found.index + whole.length
  }
  plain(text.slice(end))
  return spans
}
