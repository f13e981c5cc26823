import { expect, it } from 'vitest'
import { parseMarkdown, parseSpans } from './markdown-blocks.ts'

it('reads headings, paragraphs, lists, code and tables', () => {
  expect(
    parseMarkdown(
      '# A ##\r\nfirst\nsecond\n\n- one\n* two\n1. three\n```js\n# no\n```\n| a | b |\n| --- | --- |\n| 1 | x \\| y |\nend',
    ),
  ).toEqual([
    { kind: 'heading', level: 1, text: 'A' },
    { kind: 'paragraph', text: 'first second' },
    { kind: 'list', ordered: false, items: ['one', 'two'] },
    { kind: 'list', ordered: true, items: ['three'] },
    { kind: 'code', text: '# no' },
    { kind: 'table', head: ['a', 'b'], rows: [['1', 'x \\| y']] },
    { kind: 'paragraph', text: 'end' },
  ])
  expect(parseMarkdown('```\nopen')).toEqual([{ kind: 'code', text: 'open' }])
  expect(parseMarkdown('')).toEqual([])
})

it('reads strong, emphasised and code parts, and takes escapes away', () => {
  const words = (text: string) => parseSpans(text).map(({ kind, text: part }) => [kind, part])
  expect(words('a **b** `c*d*` _e_ f\\_g')).toEqual([
    ['text', 'a '],
    ['strong', 'b'],
    ['text', ' '],
    ['code', 'c*d*'],
    ['text', ' '],
    ['emphasis', 'e'],
    ['text', ' f_g'],
  ])
  expect(words('test_accuracy_x 2 * 3 * 4')).toEqual([['text', 'test_accuracy_x 2 * 3 * 4']])
})

it('leaves HTML and links as the text that they are', () => {
  const text = '<img src=x onerror=alert(1)> [x](javascript:alert(1))'
  expect(parseMarkdown(text)).toEqual([{ kind: 'paragraph', text }])
  expect(parseSpans(text)).toEqual([{ kind: 'text', text }])
})
