import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ExportSample } from '../export-messages.ts'
import { manifestDigest } from '../manifest.ts'
import { exportable, exportTo, type Imported, importInto } from '../testing/imported.ts'
import { exporters } from './index.ts'

const repository = path.resolve(import.meta.dirname, '../../..')
const shared = path.join(repository, '../shared/data')
const digits = path.join(repository, 'data/datasets/sign-language-digits')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'glyphlab-export-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const filesBelow = (root: string): string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort()

/** Exports, imports what came out, and gives both with the export's warnings. */
async function roundTrip(
  set: Imported,
  exporter: string,
  samples: readonly ExportSample[] = exportable(set),
) {
  const directory = path.join(folder, `out-${exporter}`)
  const { warnings, pictures } = await exportTo(directory, exporter, set, samples)
  expect(pictures).toBe(samples.length)
  return { directory, warnings, again: await importInto(folder, directory, { importer: exporter }) }
}

async function pictureSet(names: readonly string[]): Promise<Imported> {
  const root = path.join(folder, 'source')
  for (const [index, name] of names.entries()) {
    const file = path.join(root, 'a', name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(
      file,
      await sharp({ create: { width: 100 + index, height: 60, channels: 3, background: '#fff' } })
        .png()
        .toBuffer(),
    )
  }
  return importInto(folder, root)
}

const line = 'Über <den> "Bergen" & Tälern;\tsagt, er'
const annotations: Partial<ExportSample>[] = [
  {
    label: '',
    text: line,
    value: 2.5,
    group: 'page 1',
    boxes: [
      { label: 'ship', x0: 0.1, y0: 0.2, x1: 0.1 + 0.2, y1: 30.7, text: null },
      { label: '', x0: 10, y0: 20, x1: 30, y1: 40, text: line },
    ],
  },
  { label: 'a "b", c', text: '' },
  { boxes: [{ label: 'head line; x}', x0: 3, y0: 4, x1: 50, y1: 60, text: 'é' }] },
]
const annotated = (set: Imported): ExportSample[] =>
  exportable(set).map((sample, index) => ({ ...sample, ...annotations[index] }))

/** What the importer of the same format makes of it, as an exportable list without what changes by nature. */
const carried = (set: Imported) =>
  exportable(set).map(({ path: name, hash, label, text, value, group, boxes }) => ({
    name,
    hash,
    label,
    text,
    value,
    group,
    boxes,
  }))

describe('exporting and importing again', () => {
  it('gives the pictures to Git LFS when asked, and Git agrees for each of them', async () => {
    const set = await importInto(folder, digits)
    const directory = path.join(folder, 'lfs')
    await exportTo(directory, 'class-folders', set, exportable(set), { gitLfs: true })
    const pictures = filesBelow(directory).filter((file) => file !== '.gitattributes')
    const git = (...args: string[]) => execFileSync('git', args, { cwd: directory, encoding: 'utf8' })
    git('init', '-q')
    expect(
      git('check-attr', 'filter', '--', ...pictures)
        .trim()
        .split('\n'),
    ).toEqual(pictures.map((file) => `${file}: filter: lfs`))
  })

  it('gives class folders the same digest, and keeps every byte', async () => {
    const set = await importInto(folder, digits)
    const { again, warnings, directory } = await roundTrip(set, 'class-folders')
    expect(again.result.digest).toBe(set.result.digest)
    expect(again.samples.map(({ subset }) => subset)).toEqual(set.samples.map(({ subset }) => subset))
    expect(warnings).toEqual(['The split is not part of this format.'])
    const [first] = filesBelow(digits)
    expect(
      readFileSync(path.join(directory, first ?? '')).equals(readFileSync(path.join(digits, first ?? ''))),
    ).toBe(true)
  })

  it('carries everything through a table, with the same digest', async () => {
    const set = await pictureSet(['1.png', '2.png', '3.png', 'deep/er/4.png'])
    const samples = annotated(set).map((sample) => ({ ...sample, text: sample.text ?? 'a text' }))
    const directory = path.join(folder, 'out')
    expect((await exportTo(directory, 'table', set, samples)).warnings).toEqual([])
    const again = await importInto(folder, directory)
    expect(again.result.importer).toBe('labels-table')
    expect(carried(again)).toEqual(
      samples.map(({ path: name, hash, label, text, value, group, boxes }) => ({
        name,
        hash,
        label,
        text,
        value,
        group,
        boxes,
      })),
    )
    expect(again.result.digest).toBe(manifestDigest(samples))
    expect(again.samples.map(({ subset }) => subset)).toEqual(samples.map(({ subset }) => subset))
  })

  it('carries transcriptions through text lines, with the same digest', async () => {
    const set = await pictureSet(['1.png', '2.png', 'deep/er/4.png'])
    const samples = exportable(set).map((sample, index) => ({
      ...sample,
      label: '',
      text: `${line} ${index}`,
    }))
    const directory = path.join(folder, 'out')
    await exportTo(directory, 'text-lines', set, samples)
    const again = await importInto(folder, directory)
    expect(again.result.importer).toBe('text-lines')
    expect(again.result.digest).toBe(manifestDigest(samples))
  })

  it('carries everything through COCO: classes, texts, values, groups, boxes to the last digit', async () => {
    const set = await pictureSet(['1.png', '2.png', '3.png', 'deep/er/4.png'])
    const samples = annotated(set)
    const { again, warnings } = await roundTrip(set, 'coco', samples)
    const rounded = (value: number) => Math.round(value * 1e6) / 1e6
    expect(carried(again)).toEqual(
      samples.map(({ path: name, hash, label, text, value, group, boxes }) => ({
        name,
        hash,
        label,
        text,
        value,
        group,
        boxes: boxes.map((box) => ({ ...box, x1: rounded(box.x1) })),
      })),
    )
    expect(again.samples.map(({ subset }) => subset)).toEqual(samples.map(({ subset }) => subset))
    expect(warnings).toEqual(['1 box without a class has the category with the empty name.'])
  })

  it('carries boxes through VOC, and says that it carries nothing else', async () => {
    const set = await pictureSet(['1.png', '2.png', '3.png'])
    const { again, warnings } = await roundTrip(set, 'voc', annotated(set))
    expect(again.samples.map(({ boxes }) => boxes.map(({ label, text }) => [label, text]))).toEqual([
      [
        ['ship', null],
        ['', line],
      ],
      [],
      [['head line; x}', 'é']],
    ])
    expect(warnings.join('\n')).toMatch(
      /2 classes have no place in this format.*\n2 transcriptions.*\n1 value.*\n1 group/,
    )
  })

  it('carries boxes through YOLO to a hundredth of a pixel, without texts', async () => {
    const set = await pictureSet(['1.png', 'images/2.png', '3.png'])
    const { again, warnings } = await roundTrip(set, 'yolo', annotated(set))
    expect(again.samples.map(({ path: name }) => name)).toEqual(set.samples.map(({ path: name }) => name))
    expect(again.samples[0]?.boxes).toEqual([
      { label: 'ship', x0: 0.1, y0: 0.2, x1: 0.3, y1: 30.7, text: null },
      { label: '', x0: 10, y0: 20, x1: 30, y1: 40, text: null },
    ])
    expect(warnings.join('\n')).toContain('2 texts of boxes have no place in this format')
  })

  it('carries lines with their texts and classes through PAGE XML', async () => {
    const set = await pictureSet(['1.png', '2.png', '3.png'])
    const samples = annotated(set).map((sample) => ({ ...sample, text: null }))
    const { again } = await roundTrip(set, 'page-xml', samples)
    expect(again.samples.map(({ boxes }) => boxes)).toEqual(samples.map(({ boxes }) => boxes))
  })

  it('makes a page with one line of a picture that is a line', async () => {
    const set = await pictureSet(['1.png'])
    const samples = exportable(set).map((sample) => ({ ...sample, text: line }))
    const { again, warnings } = await roundTrip(set, 'page-xml', samples)
    expect(again.samples[0]?.boxes).toEqual([{ label: '', x0: 0, y0: 0, x1: 100, y1: 60, text: line }])
    expect(warnings[0]).toContain('imported again it is a box')
  })

  it('writes text lines as pairs of a picture and its text', async () => {
    const set = await pictureSet(['1.png', '1.PNG', '2.png'])
    const samples = exportable(set).map((sample, index) => ({
      ...sample,
      label: '',
      text: index < 2 ? line : null,
    }))
    const directory = path.join(folder, 'lines')
    const { warnings } = await exportTo(directory, 'text-lines', set, samples)
    expect(filesBelow(directory)).toEqual(['a/1-2.gt.txt', 'a/1-2.png', 'a/1.PNG', 'a/1.gt.txt', 'a/2.png'])
    expect(readFileSync(path.join(directory, 'a/1.gt.txt'), 'utf8')).toBe(`${line}\n`)
    expect(warnings[0]).toBe(
      '1 name had to change, so that every system can hold the files: a/1.png is a/1-2.png.',
    )
    expect(warnings[1]).toBe('1 picture has no transcription; readers pass over it.')
  })

  it('writes a table with the columns that are used, quoted as RFC 4180 has it', async () => {
    const set = await pictureSet(['1.png', '2.png'])
    const directory = path.join(folder, 'table')
    await exportTo(directory, 'table', set, annotated(set))
    const [header, first] = readFileSync(path.join(directory, 'labels.csv'), 'utf8').split('\r\n')
    expect(header).toBe('file,label,text,value,group,subset,boxes')
    expect(first).toMatch(/^a\/1\.png,,"Über <den> ""Bergen"" & Tälern;\tsagt, er",2\.5,page 1,train,"\[\{/)
  })

  it('keeps the column of classes in a table of boxes, so that no reader takes another for it', async () => {
    const set = await pictureSet(['1.png'])
    const directory = path.join(folder, 'table')
    const samples = annotated(set).map((sample) => ({ ...sample, text: null, value: null, group: null }))
    await exportTo(directory, 'table', set, samples)
    const [header] = readFileSync(path.join(directory, 'labels.csv'), 'utf8').split('\r\n')
    expect(header).toBe('file,label,subset,boxes')
  })
})

describe.skipIf(!existsSync(shared))('real sets there and back', () => {
  it.each(['coco', 'yolo', 'voc', 'page-xml'])(
    '364 blood-cell photos with 4,888 boxes keep their digest in %s',
    async (format) => {
      const set = await importInto(folder, path.join(shared, 'det-bccd-voc/BCCD'))
      const { again } = await roundTrip(set, format)
      expect(again.result.digest).toBe(set.result.digest)
      if (format !== 'page-xml') expect(again.result.split.counts).toEqual(set.result.split.counts)
    },
  )

  it.each(['coco', 'page-xml'])('scanned pages with their lines keep their digest in %s', async (format) => {
    const set = await importInto(folder, path.join(shared, 'ann-hocr-tools/test/testdata'))
    expect((await roundTrip(set, format)).again.result.digest).toBe(set.result.digest)
  })

  it('lines cut from a page keep their digest in COCO: texts and groups too', async () => {
    const set = await importInto(folder, path.join(shared, 'ann-hocr-tools/test/testdata'), {
      options: { cut: 'lines' },
    })
    expect((await roundTrip(set, 'coco')).again.result.digest).toBe(set.result.digest)
  })
})

describe('writing an export', () => {
  const odd = ['con.png', 'what?.png', 'dot.', `${'ä'.repeat(120)}.png`, 'A.png', 'a.PNG', 'tab\t.png']

  // Rows have no files of their own to name.
  it.each(exporters.filter(({ content }) => content !== 'rows').map(({ id }) => id))(
    '%s: names that another system could not hold are changed, and said',
    async (format) => {
      const set = await pictureSet(odd)
      const directory = path.join(folder, 'safe')
      const { warnings } = await exportTo(directory, format, set, exportable(set))
      const files = filesBelow(directory)
      for (const file of files) {
        expect(file).not.toMatch(/[<>:"|?*\\\p{Cc}]|[. ](\/|$)/u)
        expect(path.basename(file)).not.toMatch(/^(con|prn|aux|nul)\./i)
        expect(Buffer.byteLength(path.basename(file))).toBeLessThanOrEqual(255)
      }
      expect(new Set(files.map((file) => file.toLowerCase())).size).toBe(files.length)
      expect(warnings.join('\n')).toMatch(/names had to change, so that every system can hold the files/)
    },
  )

  it('leaves nothing behind when it is cancelled, and refuses a folder that holds anything', async () => {
    const set = await importInto(folder, digits)
    const samples = exportable(set)
    const directory = path.join(folder, 'exports', 'here')
    let asked = 0
    const cancelled = () => ++asked > 50
    await expect(exportTo(directory, 'coco', set, samples, { cancelled })).rejects.toMatchObject({
      code: 'CANCELLED',
    })
    expect(readdirSync(path.dirname(directory))).toEqual([])
    mkdirSync(directory)
    writeFileSync(path.join(directory, 'mine.txt'), 'mine')
    await expect(exportTo(directory, 'coco', set, samples)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(readdirSync(directory)).toEqual(['mine.txt'])
  })

  it('fails with nothing written when a stored picture is damaged', async () => {
    const set = await pictureSet(['1.png', '2.png'])
    const [first, second] = exportable(set)
    if (!first || !second) throw new Error('two samples were imported')
    const directory = path.join(folder, 'damaged')
    await expect(
      exportTo(directory, 'voc', set, [first, { ...second, hash: first.hash }]),
    ).rejects.toMatchObject({ code: 'DAMAGED' })
    expect(existsSync(directory)).toBe(false)
  })

  it('names the formats there are when it is asked for another', async () => {
    const set = await pictureSet(['1.png'])
    await expect(exportTo(path.join(folder, 'x'), 'parquet', set, [])).rejects.toThrow(
      'There is no export format "parquet". There are: class-folders, table, coco, yolo, voc, text-lines, page-xml, dvc, rows.',
    )
  })
})
