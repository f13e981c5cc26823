import { createElement, type ReactNode } from 'react'
import { type Block, parseMarkdown, parseSpans, type Span } from './markdown-blocks.ts'
import './components.css'

/** An element with children that never change their order. */
const all = (tag: string, children: readonly ReactNode[]): ReactNode => createElement(tag, null, ...children)

const tags = { strong: 'strong', emphasis: 'em', code: 'code' } as const

const spansOf = (text: string): ReactNode[] =>
  parseSpans(text).map((span: Span) => (span.kind === 'text' ? span.text : all(tags[span.kind], [span.text])))

const rowOf = (tag: 'th' | 'td', cells: readonly string[]): ReactNode =>
  all(
    'tr',
    cells.map((cell) => all(tag, spansOf(cell))),
  )

function blockNode(block: Block, top: number): ReactNode {
  switch (block.kind) {
    case 'heading':
      return all(`h${Math.min(6, top + block.level - 1)}`, spansOf(block.text))
    case 'paragraph':
      return all('p', spansOf(block.text))
    case 'code':
      return <pre>{block.text}</pre>
    case 'list':
      return all(
        block.ordered ? 'ol' : 'ul',
        block.items.map((item) => all('li', spansOf(item))),
      )
    case 'table':
      return (
        <div className="markdown-table">
          <table>
            <thead>{rowOf('th', block.head)}</thead>
            {all(
              'tbody',
              block.rows.map((row) => rowOf('td', row)),
            )}
          </table>
        </div>
      )
  }
}

/**
 * Markdown from anywhere, shown safely: only elements that are made here, no HTML, no links, no pictures.
 * @param top level of its first headings in the page
 */
export function Markdown({ text, top = 3 }: { text: string; top?: number }) {
  return (
    <div className="markdown">
      {all(
        'div',
        parseMarkdown(text).map((block) => blockNode(block, top)),
      )}
    </div>
  )
}
