import { expect, it } from 'vitest'
import { findIn, idOf, openFor, pathText, rowsOf, valueAt } from './json-rows.ts'
import { closedJson, type Json, jsonText, notFiniteMark, readJson } from './json-text.ts'

it('wherever a file is cut, its beginning can be read, and only whole values are in it', () => {
  const whole = { name: 'a "quoted, [text]" \\', list: [1, [2, { deep: true }], []], end: { x: -1.5e3 } }
  const text = JSON.stringify(whole)
  for (let at = 1; at <= text.length; at += 1) {
    const value = readJson(text.slice(0, at), true)
    const again = JSON.stringify(value)
    // What is left begins as the whole does, up to the brackets that close it.
    expect(text.startsWith(again.replace(/[\]}]+$/, '')), again).toBe(true)
  }
  expect(closedJson(text)).toBe(text)
  expect(closedJson('"only a te')).toBe('')
})

it('reads what Python writes: NaN and infinities, but not in texts', () => {
  const text = '{"a":NaN,"b":[-Infinity,"NaN, Infinity"]}'
  const value = readJson(text, false)
  expect(value).toEqual({
    a: `${notFiniteMark}NaN`,
    b: [`${notFiniteMark}-Infinity`, 'NaN, Infinity'],
  })
  expect(jsonText(value)).toBe(text)
  expect(() => readJson('{"a": oops}', false)).toThrow(SyntaxError)
})

it('a long list opens in parts, and a place in it can be gone to', () => {
  const root: Json = { rows: Array.from({ length: 1_000 }, (_, at) => ({ id: at })) }
  const closed = rowsOf(root, new Set([idOf([])]))
  expect(closed.map(({ name, text }) => `${name} ${text}`)).toEqual([' {1}', 'rows [1000]'])
  const path = ['rows', 450, 'id']
  const rows = rowsOf(root, new Set(openFor(root, path)))
  expect(rows.filter(({ kind }) => kind === 'part').map(({ name }) => name)).toContain('400 … 599')
  const row = rows.find(({ id }) => id === idOf(path))
  expect(row).toMatchObject({ name: 'id', text: '450', isOpen: null })
  expect(valueAt(root, path)).toBe(450)
  expect(rows.length).toBeLessThan(220)
})

it('finds keys and values, and says no more than was asked for', async () => {
  const root: Json = { Learning: { rate: 0.1 }, list: ['learn', 7, 'LEARNING'] }
  const find = (text: string, atMost = 100) =>
    findIn(root, text, { atMost, signal: new AbortController().signal })
  expect((await find('learn')).map(pathText)).toEqual(['$.Learning', '$.list[0]', '$.list[2]'])
  expect(await find('learn', 2)).toHaveLength(2)
  expect((await find('0.1')).map(pathText)).toEqual(['$.Learning.rate'])
})

it('a path is one that jq and JSONPath understand', () => {
  expect(pathText(['layers', 0, 'two words', 'a_b'])).toBe('$.layers[0]["two words"].a_b')
})
