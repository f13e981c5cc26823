import { expect, test } from 'vitest'
import { blocksOf, inlinesOf } from './markdown-blocks.ts'

test('headings, paragraphs, lists, code, quotes and tables are told apart', () => {
  const text = [
    '# Title',
    'One line',
    'and the next.',
    '',
    '- [x] done',
    '- open',
    '1. first',
    '```py',
    '# no heading',
    '```',
    '> said',
    '',
    '| a | b |',
    '|---|:-:|',
    '| 1 | 2 |',
    '---',
  ].join('\n')
  expect(blocksOf(text).map(({ kind }) => kind)).toEqual([
    'heading',
    'paragraph',
    'list',
    'code',
    'quote',
    'table',
    'rule',
  ])
  expect(blocksOf(text)[3]).toEqual({ kind: 'code', text: '# no heading' })
})

test('HTML stays text, and a script address is no link', () => {
  expect(inlinesOf('<img src=x onerror=alert(1)>')).toEqual([
    { kind: 'text', text: '<img src=x onerror=alert(1)>' },
  ])
  expect(inlinesOf('[go](javascript:alert(1))')[0]).toEqual({ kind: 'text', text: 'go' })
  expect(inlinesOf('[go](https://a.example/x)')[0]).toMatchObject({
    kind: 'link',
    href: 'https://a.example/x',
  })
})

test('emphasis nests, and a key with underscores is left alone', () => {
  expect(inlinesOf('**very *much* so**')[0]).toMatchObject({
    kind: 'strong',
    parts: [{ kind: 'text' }, { kind: 'emphasis' }, { kind: 'text' }],
  })
  expect(inlinesOf('val_loss_mean and `a*b*c`').map(({ kind }) => kind)).toEqual(['text', 'code'])
})

test('the time of a long line without an end to its marks grows as the line does', () => {
  const cpuOf = (marks: number) => {
    const from = process.cpuUsage()
    blocksOf(`${'*a '.repeat(marks)}${'[x]('.repeat(marks / 2)}`)
    const { user } = process.cpuUsage(from)
    return user
  }
  cpuOf(500)
  // Twice the line; the square of it would be 4, and what goes back over everything far more.
  expect(cpuOf(4_000) / cpuOf(2_000)).toBeLessThan(3.5)
})

test('what is escaped is text, in cells too', () => {
  const words = (text: string) =>
    inlinesOf(text)
      .map((part) => (part.kind === 'text' ? part.text : `<${part.kind}>`))
      .join('')
  expect(words('test\\_accuracy \\*no\\* \\[a](b) \\\\ *yes*')).toBe(
    'test_accuracy *no* [a](b) \\ <emphasis>',
  )
  const [table] = blocksOf('| a \\| b | c |\n|---|---|')
  expect(table?.kind === 'table' && table.head.length).toBe(2)
})
