import { describe, expect, it } from 'vitest'
import {
  formatBytes,
  formatDuration,
  formatNumber,
  formatPercent,
  formatRelative,
  plural,
  shortenMiddle,
} from './format.ts'

describe('numbers on the screen', () => {
  it('show three significant digits, whole numbers in full with separators', () => {
    expect(formatNumber(0.123456)).toBe('0.123')
    expect(formatNumber(1234.567)).toBe('1,230')
    expect(formatNumber(70_000)).toBe('70,000')
    expect(formatNumber(-12.345)).toBe('−12.3')
  })

  it('use an exponent for the very small and the very large', () => {
    expect(formatNumber(0.000012345)).toBe('1.23e−5')
    expect(formatNumber(12_345_678.9)).toBe('1.23e7')
  })

  it('name what is not a finite number', () => {
    expect(formatNumber(Number.NaN)).toBe('NaN')
    expect(formatNumber(Number.POSITIVE_INFINITY)).toBe('∞')
    expect(formatNumber(Number.NEGATIVE_INFINITY)).toBe('−∞')
  })

  it('never round doubt away from a percentage', () => {
    expect(formatPercent(0.999)).toBe('99 %')
    expect(formatPercent(0.001)).toBe('1 %')
    expect(formatPercent(1)).toBe('100 %')
    expect(formatPercent(0)).toBe('0 %')
  })

  it('carry units for bytes and times', () => {
    expect(formatBytes(999)).toBe('999 B')
    expect(formatBytes(999_600)).toBe('1 MB')
    expect(formatBytes(61_600_000)).toBe('61.6 MB')
    expect(formatDuration(820)).toBe('820 ms')
    expect(formatDuration(9_960)).toBe('10 s')
    expect(formatDuration(59_600)).toBe('1 min')
    expect(formatDuration(200_000)).toBe('3 min 20 s')
    expect(formatDuration(7_500_000)).toBe('2 h 5 min')
  })
})

describe('words on the screen', () => {
  it('say how long ago something was', () => {
    const now = 1_800_000_000_000
    expect(formatRelative(now - 4_000, now)).toBe('just now')
    expect(formatRelative(now - 300_000, now)).toBe('5 min. ago')
    expect(formatRelative(now - 86_400_000, now)).toBe('yesterday')
  })

  it('count in the singular and the plural', () => {
    expect(plural(1, 'picture')).toBe('1 picture')
    expect(plural(12_000, 'picture')).toBe('12,000 pictures')
    expect(plural(2, 'class', 'classes')).toBe('2 classes')
  })

  it('shorten ids in the middle and leave short ones whole', () => {
    expect(shortenMiddle('0123456789abcdef', 10)).toBe('012345…cdef')
    expect(shortenMiddle('0123456789', 10)).toBe('0123456789')
  })
})
