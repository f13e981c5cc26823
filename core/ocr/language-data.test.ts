import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTesseractEngine } from './engines/tesseract.ts'
import { checkLanguageData } from './language-data.ts'

const packaged = fileURLToPath(
  new URL('../../node_modules/@tesseract.js-data/eng/4.0.0_best_int', import.meta.url),
)
const page = fileURLToPath(new URL('../../data/ocr/simple.png', import.meta.url))

let directory: string
const file = () => join(directory, 'eng.traineddata.gz')
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'glyphlab-language-'))
})
afterAll(() => rm(directory, { recursive: true }))

test('the packaged English data is accepted', async () => {
  await expect(checkLanguageData(packaged, 'eng')).resolves.toBeUndefined()
})

test('missing language data is named with a remedy, not waited for, and found once it is put there', async () => {
  const engine = createTesseractEngine({ languageDirectory: directory })
  const bytes = await readFile(page)
  await rm(file(), { force: true })
  await expect(engine.read(bytes, 'simple.png')).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringMatching(/eng\.traineddata\.gz is missing\. Reinstall/),
  })
  await copyFile(join(packaged, 'eng.traineddata.gz'), file())
  expect((await engine.read(bytes, 'simple.png')).text).toBe('Tesseract.js\n')
  await engine.close()
})

test.each([
  ['an empty file', Buffer.alloc(0), 'is empty'],
  ['a file cut short', 'cut', 'not a whole gzip file'],
  ['a web page saved in its place', Buffer.from('<html>404</html>'), 'not a whole gzip file'],
  ['packed rubbish', gzipSync('not traineddata'.repeat(99)), 'holds no LSTM network'],
])('%s as language data is refused before the engine starts', async (_, content, reason) => {
  const whole = await readFile(join(packaged, 'eng.traineddata.gz'))
  await writeFile(file(), content === 'cut' ? whole.subarray(0, whole.length / 2) : content)
  await expect(checkLanguageData(directory, 'eng')).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining(reason),
  })
})

test('language data that tesseract itself refuses ends in an error, not in a wait', async () => {
  // A plausible table of components, each of which is rubbish.
  const data = Buffer.alloc(4096, 7)
  data.writeInt32LE(24, 0)
  for (let entry = 0; entry < 24; entry++) data.writeBigInt64LE(BigInt(196 + entry * 100), 4 + 8 * entry)
  await writeFile(file(), gzipSync(data))
  const engine = createTesseractEngine({ languageDirectory: directory })
  await expect(engine.read(await readFile(page), 'simple.png')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await engine.close()
})
