import { useMemo } from 'react'
import { keyed } from './keyed.ts'
import { type Block, blocksOf, type Inline } from './markdown-blocks.ts'
import './components.css'

function InlineView({ part }: { part: Inline }) {
  switch (part.kind) {
    case 'text':
      return part.text
    case 'code':
      return <code>{part.text}</code>
    case 'strong':
      return (
        <strong>
          <Inlines parts={part.parts} />
        </strong>
      )
    case 'emphasis':
      return (
        <em>
          <Inlines parts={part.parts} />
        </em>
      )
    case 'struck':
      return (
        <s>
          <Inlines parts={part.parts} />
        </s>
      )
    case 'link':
      return (
        <a href={part.href} target="_blank" rel="noopener noreferrer">
          <Inlines parts={part.parts} />
        </a>
      )
  }
}

function Inlines({ parts }: { parts: readonly Inline[] }) {
  return (
    <>
      {keyed(parts).map(({ key, item }) => (
        <InlineView key={key} part={item} />
      ))}
    </>
  )
}

/** Below the titles of the page, whatever the note's own levels are. */
const headings = ['h3', 'h4', 'h5', 'h6'] as const

function BlockView({ block }: { block: Block }) {
  switch (block.kind) {
    case 'heading': {
      const Heading = headings[block.level - 1] ?? 'h6'
      return (
        <Heading className="markdown-heading" data-level={block.level}>
          <Inlines parts={block.parts} />
        </Heading>
      )
    }
    case 'paragraph':
      return (
        <p>
          <Inlines parts={block.parts} />
        </p>
      )
    case 'code':
      return (
        <pre>
          <code>{block.text}</code>
        </pre>
      )
    case 'rule':
      return <hr />
    case 'quote':
      return (
        <blockquote>
          <Blocks blocks={block.blocks} />
        </blockquote>
      )
    case 'list': {
      const List = block.ordered ? 'ol' : 'ul'
      return (
        <List>
          {keyed(block.items).map(({ key, item }) => (
            <li key={key}>
              {item.checked !== null && (item.checked ? '☑ ' : '☐ ')}
              <Inlines parts={item.parts} />
            </li>
          ))}
        </List>
      )
    }
    case 'table':
      return (
        <table className="plain-table">
          <thead>
            <tr>
              {keyed(block.head).map(({ key, item }) => (
                <th key={key} scope="col">
                  <Inlines parts={item} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {keyed(block.rows).map(({ key, item: row }) => (
              <tr key={key}>
                {keyed(row).map(({ key: place, item }) => (
                  <td key={place}>
                    <Inlines parts={item} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )
  }
}

function Blocks({ blocks }: { blocks: readonly Block[] }) {
  return (
    <>
      {keyed(blocks).map(({ key, item }) => (
        <BlockView key={key} block={item} />
      ))}
    </>
  )
}

/** Markdown that somebody else may have written: no HTML of it is run, and nothing is loaded. */
export function Markdown({ text }: { text: string }) {
  const blocks = useMemo(() => blocksOf(text), [text])
  return (
    <div className="markdown">
      <Blocks blocks={blocks} />
    </div>
  )
}
