import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { scanFolder } from '../scan.ts'
import type { Candidate } from './importer.ts'
import { chooseImporter } from './index.ts'

const sharedData = path.resolve(import.meta.dirname, '../../../../shared/data')
const bugInputs = path.join(sharedData, 'bug-inputs.tar.gz')
const fraktur = path.join(sharedData, 'ocr-archiscribe-fraktur-lines')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'glyphlab-plain-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

type Files = Record<string, string | Buffer>

async function planFolder(root: string, options: Record<string, unknown> = {}, id?: string) {
  const source = { root, scan: await scanFolder(root), options }
  const importer = chooseImporter(source, id)
  const { candidates, warnings } = await importer.plan(source)
  return { importer: importer.id, candidates, warnings, refused: source.scan.refused }
}

async function plan(files: Files, options: Record<string, unknown> = {}, id?: string) {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
    writeFileSync(path.join(folder, file), content)
  }
  return planFolder(folder, options, id)
}

const annotationOf = ({ annotation }: Candidate) =>
  typeof annotation === 'function' ? undefined : annotation
const labels = ({ candidates }: Awaited<ReturnType<typeof plan>>) =>
  Object.fromEntries(candidates.map(({ path: file, label }) => [file, label]))
const pictures = (...names: string[]): Files => Object.fromEntries(names.map((name) => [name, 'x']))

describe('class folders', () => {
  it('are looked for below the folders that all pictures share, and that is said', async () => {
    const planned = await plan({ ...pictures('Set/all/0/a.png', 'Set/all/1/deep/b.png'), 'Set/README': 'x' })
    expect(planned.importer).toBe('class-folders')
    expect(labels(planned)).toEqual({ 'Set/all/0/a.png': '0', 'Set/all/1/deep/b.png': '1' })
    expect(planned.warnings).toEqual(['All pictures lie below "Set/all": the folders in it are the classes.'])
    expect(planned.refused).toEqual([{ path: 'Set/README', reason: 'it lies in no class folder' }])
  })

  it('are classes themselves where they hold pictures, or where another one is empty', async () => {
    expect(labels(await plan(pictures('cat/a.png', 'cat/more/b.png')))).toEqual({
      'cat/a.png': 'cat',
      'cat/more/b.png': 'cat',
    })
    rmSync(path.join(folder, 'cat/a.png'))
    mkdirSync(path.join(folder, 'dog'))
    expect(labels(await planFolder(folder))).toEqual({ 'cat/more/b.png': 'cat' })
  })
})

describe('a table of labels', () => {
  it('maps any header by hand: file, class, text, number, group and subset', async () => {
    const { candidates } = await plan(
      {
        ...pictures('a.png', 'b.png'),
        'list.tsv': 'A\tB\tC\tD\tE\tF\nb.png\tx\tüb\t1,5\tanna\ttest\na.png\ty\tab\t2\tbert\ttrain\n',
      },
      {
        fileColumn: 'A',
        labelColumn: 'B',
        textColumn: 'C',
        valueColumn: 'D',
        groupColumn: 'E',
        subsetColumn: 'F',
      },
    )
    expect(
      candidates.map(({ path: file, label, annotation, subset }) => ({ file, label, annotation, subset })),
    ).toEqual([
      { file: 'b.png', label: 'x', annotation: { text: 'üb', value: 1.5, group: 'anna' }, subset: 'test' },
      { file: 'a.png', label: 'y', annotation: { text: 'ab', value: 2, group: 'bert' }, subset: 'train' },
    ])
  })

  it('reads JSON lines, a list of objects, and an object of names and classes', async () => {
    const both = pictures('a.png', 'b.png')
    const expected = { 'a.png': 'cat', 'b.png': 'dog' }
    const rows = [
      { image: 'a.png', species: 'cat' },
      { image: 'b.png', species: 'dog' },
    ]
    expect(
      labels(await plan({ ...both, 't.jsonl': rows.map((row) => JSON.stringify(row)).join('\r\n') })),
    ).toEqual(expected)
    rmSync(path.join(folder, 't.jsonl'))
    expect(labels(await plan({ ...both, 't.json': JSON.stringify(rows) }))).toEqual(expected)
    rmSync(path.join(folder, 't.json'))
    expect(labels(await plan({ ...both, 't.json': JSON.stringify(expected) }))).toEqual(expected)
  })

  it('names rows without a picture and pictures without a row', async () => {
    const { refused, candidates } = await plan({
      ...pictures('a.png', 'left.png', 'notes.md'),
      'l.csv': 'file,label\na.png,cat\ngone.png,cat\n,dog\n',
    })
    expect(candidates).toHaveLength(1)
    expect(refused).toEqual([
      { path: 'gone.png', reason: 'named in l.csv, line 3, but there is no such picture' },
      { path: 'l.csv, line 4', reason: 'the row names no file' },
      { path: 'left.png', reason: 'no row of l.csv names it' },
      { path: 'notes.md', reason: 'no row of l.csv names it' },
    ])
  })

  it('takes one table for each subset, names files with or without folder, extension and case', async () => {
    const { candidates } = await plan({
      ...pictures('img/A1.PNG', 'img/a2.png', 'img/a3.png'),
      'train.csv': 'id,class\na1,x\n./img/a2.png,y\n',
      'test.csv': 'id,class\nimg\\a3.png,x\n',
    })
    expect(candidates.map(({ path: file, label, subset }) => [file, label, subset]).sort()).toEqual([
      ['img/A1.PNG', 'x', 'train'],
      ['img/a2.png', 'y', 'train'],
      ['img/a3.png', 'x', 'test'],
    ])
  })

  it('refuses a value that is no number, keeps the first of two rows, and says so', async () => {
    const { candidates, refused, warnings } = await plan(
      {
        ...pictures('a.png', 'b.png'),
        'l.csv': 'file,label,age\na.png,cat,1\na.png,dog,2\nb.png,cat,old\n',
      },
      { valueColumn: 'age' },
    )
    expect(candidates.map(({ label }) => label)).toEqual(['cat'])
    expect(refused[0]?.reason).toMatch(/"old" in l\.csv, line 4, is not a number/)
    expect(warnings[0]).toMatch(/named again .*a\.png \(line 3\)/)
  })

  it('says which columns there are when one is asked for that is not', async () => {
    await expect(
      plan({ ...pictures('a.png'), 'l.csv': 'file,label\na.png,x\n' }, { labelColumn: 'class' }),
    ).rejects.toThrow('l.csv has no column "class". It has: file, label.')
  })

  it('reads a table without a header', async () => {
    expect(labels(await plan({ ...pictures('a.png', 'b.png'), 'l.csv': 'a.png,cat\nb.png,dog\n' }))).toEqual({
      'a.png': 'cat',
      'b.png': 'dog',
    })
  })

  it.skipIf(!existsSync(bugInputs))('reads every variant of B03', async () => {
    execFileSync('tar', ['xzf', bugInputs, '-C', folder])
    const root = path.join(folder, 'B03-csv')
    await expect(planFolder(root)).rejects.toThrow(/several tables of labels/)
    const expected = { 'images/1.Bmp': 'n', 'images/2.Bmp': '8', 'images/3.Bmp': 'T', 'images/4.Bmp': 'I' }
    for (const table of [
      'plain',
      'bom',
      'crlf',
      'cr-only',
      'utf16le',
      'backslash-paths',
      'excel-semicolon-bom-crlf',
    ])
      expect(labels(await planFolder(root, { table: `${table}.csv` })), table).toEqual(expected)
    const quoted = await planFolder(root, { table: 'quoted.csv' })
    expect(labels(quoted)).toEqual({ 'images/1.Bmp': 'a, "quoted"\nnewline', 'images/2.Bmp': 'é' })
    expect(quoted.refused[0]).toMatchObject({ path: 'images/99.Bmp' })
    expect(labels(await planFolder(root, { table: 'cjk-headers.csv' }))).toEqual({ 'images/1.Bmp': '甲' })
    await expect(planFolder(root, { table: 'empty.csv' })).rejects.toThrow('empty.csv: the table is empty.')
  })
})

describe('labels in the names of files', () => {
  const names = pictures('cat_anna_1.PNG', 'dog_bert_2.png', 'odd.png')

  it('takes class and group by a pattern, and names what does not match', async () => {
    const { candidates, refused } = await plan(names, { pattern: '{label}_{group}_*.png' })
    expect(candidates.map((one) => [one.label, annotationOf(one)?.group])).toEqual([
      ['cat', 'anna'],
      ['dog', 'bert'],
    ])
    expect(refused).toEqual([{ path: 'odd.png', reason: 'its name does not match {label}_{group}_*.png' }])
  })

  it('takes folders too, and a subset', async () => {
    const { candidates } = await plan(
      pictures('train/x-1.png', 'val/y-2.png'),
      { pattern: '{subset}/{label}-*' },
      'name-pattern',
    )
    expect(candidates.map(({ label, subset }) => [label, subset])).toEqual([
      ['x', 'train'],
      ['y', 'validation'],
    ])
  })

  it('takes a regular expression with named groups', async () => {
    const { candidates } = await plan(names, { regex: '^(?<label>[a-z]+)_(?<group>[a-z]+)_\\d' })
    expect(candidates.map(({ label }) => label)).toEqual(['cat', 'dog'])
  })

  it('stops an expression that would take for ever, and says at which name', async () => {
    await expect(plan(pictures(`${'a'.repeat(60)}!.png`), { regex: '^(?<label>(a+)+)$' })).rejects.toThrow(
      /takes too long \(it was at "a+!\.png"\)/,
    )
  })

  it('says what is wrong with a pattern', async () => {
    await expect(plan(names, { pattern: '{label}{group}' })).rejects.toThrow(/need something between them/)
    await expect(plan(names, { pattern: '{class}_*' })).rejects.toThrow(/\{class\} is no placeholder/)
    await expect(plan(names, { pattern: '*.png' })).rejects.toThrow(/has no placeholder/)
    await expect(plan(names, { regex: '(' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  it('answers at once for a long name and many placeholders', async () => {
    const startedAt = performance.now()
    await expect(
      plan(pictures(`${'_'.repeat(240)}.jpg`), { pattern: '{label}_{group}_{text}_{value}_*_*_*_*.png' }),
    ).rejects.toThrow(/matches/)
    expect(performance.now() - startedAt).toBeLessThan(500)
  })
})

describe('pictures without labels', () => {
  it('keep the subset that their folder names', async () => {
    const { importer, candidates } = await plan(pictures('train/a.png', 'test/b.png'))
    expect(importer).toBe('unlabelled')
    expect(candidates.map(({ label, subset }) => [label, subset])).toEqual([
      ['', 'test'],
      ['', 'train'],
    ])
  })

  it('are not what a folder of archives holds: it says to choose one', async () => {
    await expect(plan({ 'a.zip': 'x', 'README.md': 'x' })).rejects.toThrow(
      /but archives: a\.zip\. Choose one of them/,
    )
  })
})

describe('text lines', () => {
  it('pairs pictures with their text, in NFC, and names what has no pair', async () => {
    const { candidates, refused, warnings } = await plan({
      ...pictures('a.png', 'b.bin.png', 'c.png', 'alone.png'),
      'a.txt': Buffer.from('\ufeffMu\u0308nchen\r\n'),
      'b.gt.txt': 'zwei\n',
      'c.gt.txt': '',
      'lost.gt.txt': 'x',
      'readme.md': 'x',
    })
    expect(candidates.map((one) => [one.path, annotationOf(one)?.text])).toEqual([
      ['a.png', 'München'],
      ['b.bin.png', 'zwei'],
    ])
    expect(refused).toEqual([
      { path: 'alone.png', reason: 'it has no text file beside it' },
      { path: 'c.png', reason: 'c.gt.txt is empty' },
      { path: 'lost.gt.txt', reason: 'it has no picture beside it' },
      { path: 'readme.md', reason: 'neither a picture nor the text of one' },
    ])
    expect(warnings[0]).toMatch(/1 texts were not in Unicode NFC.*a\.png/)
  })

  it('leaves the text files of YOLO alone', async () => {
    const source = {
      ...pictures('a.png', 'b.png'),
      'a.txt': '0 .5 .5 .1 .1',
      'b.txt': '',
      'classes.txt': 'cat',
    }
    expect((await plan(source)).importer).not.toBe('text-lines')
  })

  it.skipIf(!existsSync(fraktur))('reads 446 lines of Fraktur', async () => {
    const { importer, candidates } = await planFolder(path.join(fraktur, 'transcriptions'))
    expect(importer).toBe('text-lines')
    expect(candidates).toHaveLength(446)
    expect(
      candidates.every((one) => annotationOf(one)?.text === annotationOf(one)?.text?.normalize('NFC')),
    ).toBe(true)
  })
})
