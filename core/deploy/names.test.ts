import { expect, test } from 'vitest'
import { imageTag, serviceName, versionTag } from './names.ts'

const digest = '0a1b2c3d'.repeat(8)

test('the name is one that Docker, Compose and Kubernetes take, whatever the model is called', () => {
  expect(imageTag({ name: 'Hand signs', version: 3, digest })).toBe('glyphlab-hand-signs:3')
  expect(serviceName({ name: 'Café "au lait"' })).toBe('glyphlab-cafe-au-lait')
  expect(serviceName({ name: '--' })).toBe('glyphlab-model')
  for (const name of [
    'x'.repeat(300),
    'a b '.repeat(60),
    'Größe & Ziffern 🚀',
    '数字',
    '../../etc',
    '$(rm -rf /)',
  ]) {
    expect(serviceName({ name })).toMatch(/^glyphlab-[a-z0-9]+(-[a-z0-9]+)*$/)
    expect(`${serviceName({ name })}-production`.length).toBeLessThanOrEqual(63)
  }
})

test('two models whose names differ only in letters that a tag can not have get two names', () => {
  expect(serviceName({ name: '数字' })).not.toBe(serviceName({ name: '字数' }))
  expect(serviceName({ name: `${'x'.repeat(90)}1` })).not.toBe(serviceName({ name: `${'x'.repeat(90)}2` }))
})

test('a version is a tag and a label, an engine with the digest of its data', () => {
  expect(versionTag({ version: 12, digest })).toBe('12')
  expect(versionTag({ version: 'tesseract.js 7.0.0', digest })).toBe('tesseract.js-7.0.0-0a1b2c3d')
  expect(versionTag({ version: ' / ', digest })).toBe('0a1b2c3d')
})
