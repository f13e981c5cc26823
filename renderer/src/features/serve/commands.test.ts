import { expect, test } from 'vitest'
import { bundleOf, dockerCommands, imageTag, shellWord } from './commands.ts'

test('a folder with spaces and quotes is one word of the command', () => {
  expect(shellWord('/a/b-1')).toBe('/a/b-1')
  expect(shellWord("/tmp/my model's")).toBe("'/tmp/my model'\\''s'")
})

test('the tag is one that Docker takes, whatever the model is called', () => {
  expect(imageTag({ name: 'Größe & Ziffern 🚀', version: 3 })).toBe('glyphlab-gro-e-ziffern:3')
  expect(imageTag({ name: '数字', version: 'x' })).toBe('glyphlab-model:latest')
})

test('the OCR bundle is asked at its own address', () => {
  const bundle = bundleOf({
    directory: '/tmp/ocr',
    reference: 'ocr',
    name: 'ocr',
    version: 'tesseract.js 7.0.0',
  })
  expect(bundle && dockerCommands(bundle).at(-1)?.command).toContain('/v1/ocr')
  expect(bundleOf({})).toBeNull()
})
