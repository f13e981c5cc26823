import { expect, test } from 'vitest'
import { inspectImage } from './image.ts'

const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="4"/>'

test.each([
  ['an annotation file', '<?xml version="1.0"?>\n<annotations><version>1.1</version></annotations>'],
  ['a page of HTML', '<!DOCTYPE html>\n<html><body>svg</body></html>'],
  ['a page layout', '\u00ef\u00bb\u00bf<!-- <svg> --><PcGts xmlns="x"/>'],
])('%s is no picture, and never a damaged one', async (_, text) => {
  await expect(inspectImage(Buffer.from(text, 'latin1'), 'x.xml')).rejects.toThrow(/x\.xml: not a picture/)
})

test.each([
  ['bare', svg],
  [
    'after a declaration, a comment and a document type',
    `<?xml version="1.0"?>\n<!-- a > b -->\n<!DOCTYPE svg>\n${svg}`,
  ],
])('an SVG is one, %s', async (_, text) => {
  expect(await inspectImage(Buffer.from(text), 'x.svg')).toMatchObject({ width: 8, height: 4 })
})
