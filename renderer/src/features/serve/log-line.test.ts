import { expect, it } from 'vitest'
import { readableLine } from './log-line.ts'

it("shows a server's log line with its message first and the rest after it", () => {
  const line = JSON.stringify({
    time: '2026-11-25T10:00:01Z',
    level: 'error',
    message: 'request',
    status: 500,
  })
  expect(readableLine(line)).toMatch(/^\d\d:\d\d:\d\d ERROR request status=500$/)
})

it('leaves what is not a log line as it is', () => {
  expect(readableLine('Error: out of memory')).toBe('Error: out of memory')
  expect(readableLine('7')).toBe('7')
})
