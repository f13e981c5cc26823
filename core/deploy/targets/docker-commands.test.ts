import { expect, test } from 'vitest'
import { dockerCommands, shellWord } from './docker-commands.ts'

test('a folder with spaces and quotes is one word of the command', () => {
  expect(shellWord('/a/b-1')).toBe('/a/b-1')
  expect(shellWord("/tmp/my model's")).toBe("'/tmp/my model'\\''s'")
})

test('the commands name the folder and one of its own pictures, and the OCR bundle is asked at its own address', () => {
  const bundle = {
    name: 'ocr',
    version: 'tesseract',
    digest: '0a1b2c3d'.repeat(8),
    kind: 'ocr',
    platform: 'linux/amd64',
  } as const
  expect(dockerCommands(bundle, '/tmp/my ocr', 'golden/input-000.png').map(({ command }) => command)).toEqual(
    [
      "docker build --network none -t glyphlab-ocr:tesseract-0a1b2c3d '/tmp/my ocr'",
      'docker run --rm -p 8080:8080 --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges glyphlab-ocr:tesseract-0a1b2c3d',
      "curl -F 'image=@/tmp/my ocr/golden/input-000.png' http://127.0.0.1:8080/v1/ocr",
    ],
  )
})
