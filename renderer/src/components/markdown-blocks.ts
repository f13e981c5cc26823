/** A piece of a line of Markdown. */
export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'strong' | 'emphasis' | 'struck'; parts: Inline[] }
  | { kind: 'link'; href: string; parts: Inline[] }

export type Block =
  | { kind: 'heading'; level: number; parts: Inline[] }
  | { kind: 'paragraph'; parts: Inline[] }
  | { kind: 'code'; text: string }
  | { kind: 'list'; ordered: boolean; items: { parts: Inline[]; checked: boolean | null }[] }
  | { kind: 'quote'; blocks: Block[] }
  | { kind: 'table'; head: Inline[][]; rows: Inline[][][] }
  | { kind: 'rule' }

// What is within marks is bounded: a mark without an end costs no more than that.
const inlinePattern =
  /\\[!-/:-@[-`{-~]|(`{1,3})([^`].{0,200}?)\1|!?\[([^\]]{0,200})\]\(\s?<?([^\s)>]{1,2000})>?[^)]{0,200}\)|\*\*(.{1,200}?)\*\*|__(.{1,200}?)__|~~(.{1,200}?)~~|\*([^\s*](?:[^*]{0,200}[^\s*])?)\*|\b_([^_]{1,200})_\b|(https?:\/\/[^\s<>"')\]]+)/gu

/** Only addresses that open a page or a letter; anything else stays text. */
const isSafe = (href: string): boolean => /^(https?:|mailto:)/i.test(href)

function inlineOf(found: RegExpMatchArray): Inline {
  const [, , code, label, href, strong, strong2, struck, emphasis, emphasis2, address] = found
  // The other marks begin otherwise.
  if (found[0].startsWith('\\')) return { kind: 'text', text: found[0].slice(1) }
  if (code !== undefined) return { kind: 'code', text: code.trim() }
  if (href !== undefined)
    return isSafe(href)
      ? { kind: 'link', href, parts: inlinesOf(label || href) }
      : { kind: 'text', text: label || href }
  if (address !== undefined) return { kind: 'link', href: address, parts: [{ kind: 'text', text: address }] }
  if (struck !== undefined) return { kind: 'struck', parts: inlinesOf(struck) }
  const bold = strong ?? strong2
  if (bold !== undefined) return { kind: 'strong', parts: inlinesOf(bold) }
  return { kind: 'emphasis', parts: inlinesOf(emphasis ?? emphasis2 ?? '') }
}

/** The pieces of a line. HTML is text like any other; pictures become links, as nothing is loaded from outside. */
export function inlinesOf(text: string): Inline[] {
  const parts: Inline[] = []
  let from = 0
  for (const found of text.matchAll(inlinePattern)) {
    if (found.index > from) parts.push({ kind: 'text', text: text.slice(from, found.index) })
    parts.push(inlineOf(found))
    from = found.index + found[0].length
  }
  if (from < text.length) parts.push({ kind: 'text', text: text.slice(from) })
  return parts
}

const listItem = /^\s{0,6}(?:[-*+]|(\d+)[.)])\s+(.*)$/
const cellsOf = (line: string): Inline[][] =>
  line
    .trim()
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => inlinesOf(cell.trim()))
const isTableRule = (line = ''): boolean => line.includes('-') && /^[\s|:-]+$/.test(line)
const beginsBlock = (line: string): boolean =>
  line.trim() === '' || /^(#{1,6}\s|```|~~~|>)/.test(line) || listItem.test(line)

/** Takes lines from the front while `test` holds. */
function take(lines: string[], test: (line: string) => boolean): string[] {
  const end = lines.findIndex((line) => !test(line))
  return lines.splice(0, end < 0 ? lines.length : end)
}

function listOf(lines: string[]): Block {
  const ordered = listItem.exec(lines[0] ?? '')?.[1] !== undefined
  const items = take(lines, (line) => listItem.test(line)).map((line) => {
    const text = listItem.exec(line)?.[2] ?? ''
    const box = /^\[([ xX])\]\s+(.*)$/.exec(text)
    return { parts: inlinesOf(box?.[2] ?? text), checked: box ? box[1] !== ' ' : null }
  })
  return { kind: 'list', ordered, items }
}

/** Markdown as a tree of blocks: the part of it that notes are written in. */
export function blocksOf(markdown: string): Block[] {
  const lines = markdown.replaceAll('\r\n', '\n').split('\n')
  const blocks: Block[] = []
  while (lines.length > 0) {
    const line = lines[0] ?? ''
    const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line)
    const fence = /^(```|~~~)/.exec(line)?.[1]
    if (line.trim() === '') lines.shift()
    else if (fence) {
      lines.shift()
      blocks.push({ kind: 'code', text: take(lines, (one) => !one.startsWith(fence)).join('\n') })
      lines.shift()
    } else if (heading) {
      lines.shift()
      blocks.push({
        kind: 'heading',
        level: heading[1]?.length ?? 1,
        parts: inlinesOf(heading[2] ?? ''),
      })
    } else if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) {
      lines.shift()
      blocks.push({ kind: 'rule' })
    } else if (line.startsWith('>')) {
      const inner = take(lines, (one) => one.startsWith('>')).map((one) => one.replace(/^>\s?/, ''))
      blocks.push({ kind: 'quote', blocks: blocksOf(inner.join('\n')) })
    } else if (listItem.test(line)) blocks.push(listOf(lines))
    else if (line.includes('|') && isTableRule(lines[1])) {
      lines.splice(0, 2)
      const rows = take(lines, (one) => one.includes('|'))
      blocks.push({ kind: 'table', head: cellsOf(line), rows: rows.map(cellsOf) })
    } else {
      lines.shift()
      const rest = take(lines, (one) => !beginsBlock(one))
      blocks.push({ kind: 'paragraph', parts: inlinesOf([line, ...rest].join(' ')) })
    }
  }
  return blocks
}
