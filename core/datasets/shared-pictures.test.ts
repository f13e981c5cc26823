import { execFileSync, fork } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GlyphlabError } from '../contract/index.ts'
import { displayedImage } from '../imaging/image.ts'
import type { ImportCommand, ImportedSample, ImportMessage, ImportResult } from './import-messages.ts'
import { scanFolder } from './scan.ts'

/** Why a file is refused, by words of the reason. */
const reasons = {
  damaged: /is damaged and can't be decoded/,
  'too large': /has more than 268 million pixels/,
  'not a picture': /^not a picture in a format that can be decoded/,
  unsupported: /can't be read\. Convert it to PNG first/,
  empty: /is empty \(0 bytes\)/,
  missing: /a link to a file that does not exist/,
}

/** Displayed size in px and, where it is sure, the mean of red, green and blue on white. */
type Expected = { size: [number, number]; mean?: [number, number, number] } | keyof typeof reasons

/**
 * What is right for each file, found with Pillow, tifffile and `file`; for SVG from its text. PngSuite's x files are
 * damaged on purpose.
 *
 * The means were made once, with Pillow 13 in a virtual environment: turned by EXIF, 16 bits divided by 257, an embedded
 * profile (CMYK, grey, Adobe, P3, ProPhoto) taken to sRGB by `ImageCms.profileToProfile` with the perceptual intent,
 * transparency pasted on white. No mean stands where there is no one right answer: CMYK without a profile, and
 * tifftag-photoshop.tiff, whose yellows lie outside sRGB (Little CMS cuts them off, libvips draws them in).
 */
const table = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'testing', 'shared-pictures.json'), 'utf8'),
) as Record<string, Record<string, Expected>>

const shared = path.resolve(import.meta.dirname, '../../../shared/data')
const worker = path.join(import.meta.dirname, 'import-worker.ts')
let folder: string
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'glyphlab-shared-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Imported {
  samples: ImportedSample[]
  result: ImportResult
  /** Most memory that the import process held, in MB; null where the system does not tell. */
  peak: number | null
}

function peakOf(pid: number | undefined): number | null {
  const status = `/proc/${pid}/status`
  const line = existsSync(status) ? /VmHWM:\s+(\d+)/.exec(readFileSync(status, 'utf8'))?.[1] : undefined
  return line === undefined ? null : Number(line) / 1024
}

/** Imports as the engine does, in a process of its own. */
function importInProcess(root: string, home: string): Promise<Imported> {
  const child = fork(worker, [], { serialization: 'advanced' })
  const send = (command: ImportCommand) => child.send(command)
  const samples: ImportedSample[] = []
  return new Promise<Imported>((resolve, reject) => {
    child.on('exit', (code, signal) => reject(new Error(`the import process ended (${signal ?? code})`)))
    child.on('message', (message: ImportMessage) => {
      if (message.type === 'lookup') send({ type: 'known', hashes: [] })
      if (message.type === 'samples') samples.push(...message.samples)
      if (message.type === 'failure') reject(GlyphlabError.fromBody(message.error))
      if (message.type === 'result')
        resolve({ samples, result: message.result as ImportResult, peak: peakOf(child.pid) })
    })
    const fractions = { train: 0.8, validation: 0.1, test: 0.1 }
    send({
      type: 'start',
      input: {
        task: 'import',
        input: {
          home,
          writer: 'import',
          root,
          seed: 1,
          fractions,
          importer: 'class-folders',
          options: {},
          storage: 'copy',
          merge: undefined,
        },
      },
    })
  }).finally(() => child.kill())
}

function sourceOf(suite: string): string {
  if (suite !== 'bug-inputs') return path.join(shared, suite)
  const unpacked = path.join(folder, 'bug-inputs')
  mkdirSync(unpacked)
  execFileSync('tar', ['xzf', path.join(shared, 'bug-inputs.tar.gz'), '-C', unpacked])
  return unpacked
}

const present = (suite: string): boolean =>
  existsSync(path.join(shared, suite === 'bug-inputs' ? 'bug-inputs.tar.gz' : suite))

for (const [suite, files] of Object.entries(table)) {
  describe.skipIf(!present(suite))(`every file of ${suite}`, () => {
    let imported: Imported
    let source: string
    beforeAll(async () => {
      source = sourceOf(suite)
      const root = path.join(folder, `${suite}-root`)
      mkdirSync(root)
      symlinkSync(source, path.join(root, suite))
      // The suite is one class beside another, whatever folders it has.
      mkdirSync(path.join(root, 'another'))
      imported = await importInProcess(root, path.join(folder, `${suite}-home`))
    })

    test('is imported at its size, or refused for the right reason', () => {
      const inner = (file: string) => file.slice(suite.length + 1)
      const outcome: Record<string, Expected> = {}
      for (const { path: file, width, height } of imported.samples)
        outcome[inner(file)] = { size: [width, height] }
      const kinds = Object.keys(reasons) as (keyof typeof reasons)[]
      for (const { path: file, reason } of imported.result.report.refused)
        outcome[inner(file)] = kinds.find((kind) => reasons[kind].test(reason)) ?? (reason as never)
      const right = Object.entries(files).map(([file, expected]) => [
        file,
        typeof expected === 'string' ? expected : { size: expected.size },
      ])
      expect(outcome).toEqual(Object.fromEntries(right))
    })

    test('is counted in the report', () => {
      const { report, sampleCount } = imported.result
      const refused = Object.values(files).filter((expected) => typeof expected === 'string').length
      expect(report.refused).toHaveLength(refused)
      expect(report.imported).toBe(Object.keys(files).length - refused)
      expect(sampleCount).toBe(report.imported)
      expect(report.scanned).toBe(report.imported + refused + report.ignored.length)
      const sum = (outcome: 'imported' | 'refused' | 'ignored') =>
        Object.values(report.byExtension).reduce((total, counts) => total + counts[outcome], 0)
      expect([sum('imported'), sum('refused'), sum('ignored')]).toEqual([
        report.imported,
        refused,
        report.ignored.length,
      ])
    })

    test('takes less than 1 GB of memory together', () => {
      if (imported.peak !== null) expect(imported.peak).toBeLessThan(1024)
    })

    test('looks as another program shows it: turned once, on white, whatever its colours are stored as', async () => {
      const wrong: Record<string, unknown> = {}
      const { files: scanned } = await scanFolder(source)
      const found = new Map(scanned.map((one) => [one.path.normalize('NFC'), one.file]))
      for (const [file, expected] of Object.entries(files)) {
        if (typeof expected === 'string' || !expected.mean) continue
        const bytes = readFileSync(found.get(file) ?? file)
        const flat = await (await displayedImage(bytes, file)).png().toBuffer()
        const { channels } = await (await displayedImage(flat, file)).stats()
        const mean = [0, 1, 2].map((index) =>
          Math.round(channels[channels.length < 3 ? 0 : index]?.mean ?? -1),
        )
        const far = expected.mean.some((value, index) => Math.abs(value - (mean[index] ?? -1)) > 2)
        if (far) wrong[file] = { mean, expected: expected.mean }
      }
      expect(wrong).toEqual({})
    })
  })
}
