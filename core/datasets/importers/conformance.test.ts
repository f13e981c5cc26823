import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GlyphlabError } from '../../contract/index.ts'
import { encodeGreyPng } from '../../imaging/png.ts'
import { scanFolder } from '../scan.ts'
import type { ImportSource } from './importer.ts'
import { chooseImporter, importers } from './index.ts'

const picture = encodeGreyPng(new Uint8Array(12).fill(90), 4, 3)
const idxFile = (shape: number[], values: Uint8Array): Buffer => {
  const header = Buffer.alloc(4 + 4 * shape.length)
  header.writeUInt32BE(0x0800 + shape.length, 0)
  for (const [index, side] of shape.entries()) header.writeUInt32BE(side, 4 + 4 * index)
  return Buffer.concat([header, values])
}

interface Case {
  id: string
  /** A small source of this kind: content by path. */
  files: Record<string, string | Buffer>
  /** The same, spoilt, and what the person must read. */
  damaged: { files: Record<string, string | Buffer>; message: RegExp }
  options?: Record<string, unknown>
}

const cases: Case[] = [
  {
    id: 'idx',
    files: {
      'train-images-idx3-ubyte': idxFile([2, 3, 4], new Uint8Array(24)),
      'train-labels-idx1-ubyte': idxFile([2], Uint8Array.of(0, 1)),
    },
    damaged: {
      files: { 'train-images-idx3-ubyte': idxFile([2, 3, 4], new Uint8Array(24)) },
      message: /train-images-idx3-ubyte: its labels are missing\. Put/,
    },
  },
  {
    id: 'labels-table',
    files: { 'labels.csv': 'file,label\na.png,cat\nsub/b.png,dog\n', 'a.png': picture, 'sub/b.png': picture },
    damaged: {
      files: { 'labels.csv': 'file,label\n"a.png,cat\n', 'a.png': picture },
      message: /labels\.csv: a quotation mark is opened and never closed \(line \d+\)\. Correct/,
    },
  },
  {
    id: 'synthetic-lines',
    files: { 'corpus.txt': 'some words to draw\n' },
    damaged: { files: { 'corpus.txt': ' \n' }, message: /has no text to draw\. Put/ },
    options: { count: 3 },
  },
  {
    id: 'text-lines',
    files: {
      'a.png': picture,
      'a.gt.txt': 'first line\n',
      'deep/b.png': picture,
      'deep/b.gt.txt': 'second line\n',
    },
    damaged: {
      files: { 'a.png': picture, 'a.gt.txt': '\n' },
      message: /No line of .* has a text that can be read \(a\.png: a\.gt\.txt is empty\)/,
    },
  },
  {
    id: 'name-pattern',
    files: { 'cat_1.png': picture, 'cat_2.png': picture, 'dog_1.png': picture, 'dog_2.png': picture },
    damaged: { files: { '17.png': picture }, message: /follow no pattern that can be guessed\. Give one/ },
  },
  {
    id: 'class-folders',
    files: { 'cat/1.png': picture, 'dog/1.png': picture },
    damaged: { files: { 'a.png': picture }, message: /no pictures in class folders\. Put the pictures/ },
  },
  {
    id: 'unlabelled',
    files: { 'holiday.png': picture, 'scan.png': picture },
    damaged: { files: {}, message: /holds no files\. Choose a folder with pictures/ },
  },
]

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'glyphlab-importers-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function sourceOf(
  name: string,
  files: Case['files'],
  options: Record<string, unknown> = {},
): Promise<ImportSource> {
  const root = path.join(folder, name)
  mkdirSync(root)
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
    writeFileSync(path.join(root, file), content)
  }
  return { root, scan: await scanFolder(root), options }
}

const importer = (id: string) => {
  const found = importers.find((one) => one.id === id)
  if (!found) throw new Error(`no importer ${id}`)
  return found
}

async function planOf(source: ImportSource, id: string) {
  const { candidates, warnings } = await importer(id).plan(source)
  const samples = candidates
    .map(({ path: file, label, annotation, subset }) => ({ path: file, label, annotation, subset }))
    .sort((a, b) => a.path.localeCompare(b.path))
  return {
    samples,
    warnings: warnings.sort(),
    refused: source.scan.refused.map(({ path: file }) => file).sort(),
  }
}

async function failureOf(source: ImportSource, id: string): Promise<GlyphlabError> {
  const cause = await importer(id)
    .plan(source)
    .then(() => null)
    .catch((error: unknown) => error)
  if (!(cause instanceof GlyphlabError)) throw new Error(`${id} did not fail with a GlyphlabError: ${cause}`)
  return cause
}

describe.each(cases)('the importer $id', ({ id, files, damaged, options }) => {
  it('recognises its own source, and no other takes it', async () => {
    expect(chooseImporter(await sourceOf('own', files, options)).id).toBe(id)
  })

  it('plans the same whatever the order in which the file system lists the files', async () => {
    const first = await planOf(await sourceOf('first', files, options), id)
    expect(first.samples.length).toBeGreaterThan(0)
    expect(first.refused).toEqual([])
    const turned = await sourceOf('turned', files, options)
    turned.scan.files.reverse()
    expect(await planOf(turned, id)).toEqual(first)
  })

  it('does not see what operating systems leave behind', async () => {
    const clean = await planOf(await sourceOf('clean', files, options), id)
    const junk = { '.DS_Store': 'junk', 'Thumbs.db': 'junk', '._a.png': 'junk', '__MACOSX/a.png': 'junk' }
    const dirty = await sourceOf('dirty', { ...files, ...junk }, options)
    expect(chooseImporter(dirty).id).toBe(id)
    expect(await planOf(dirty, id)).toEqual(clean)
  })

  it('says what is wrong with a damaged source, and what to do', async () => {
    const failure = await failureOf(await sourceOf('damaged', damaged.files, options), id)
    expect(['INVALID_INPUT', 'UNREADABLE_FILE']).toContain(failure.code)
    expect(failure.message).toMatch(damaged.message)
  })

  it('says that an empty folder has nothing for it', async () => {
    const empty = await sourceOf('empty', {}, options)
    expect(() => chooseImporter(empty)).toThrow(/holds no files/)
  })

  it('refuses an option that it does not have', async () => {
    const failure = await failureOf(await sourceOf('options', files, { ...options, nonsense: 1 }), id)
    expect(failure.code).toBe('INVALID_INPUT')
    expect(failure.message).toMatch(/no option "nonsense"/)
  })
})
