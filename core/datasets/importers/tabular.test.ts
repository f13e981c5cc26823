import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { inspectSource } from '../inspect-source.ts'
import { exportable, exportTo, importInto } from '../testing/imported.ts'

const real = path.resolve(import.meta.dirname, '../../../../shared/data/cls-sklearn-small')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'glyphlab-tabular-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
function file(content: string | Buffer, name = 'data.csv'): string {
  const root = path.join(folder, `source-${files++}`)
  mkdirSync(root)
  writeFileSync(path.join(root, name), content)
  return path.join(root, name)
}
const look = (root: string, options: Record<string, unknown> = {}) =>
  inspectSource(
    { home: folder, root, importer: undefined, options },
    { progress: () => {}, cancelled: () => false },
  )
const askedFor = (root: string, importer: string | undefined) =>
  inspectSource({ home: folder, root, importer, options: {} }, { progress: () => {}, cancelled: () => false })
const contentOf = ({ samples, locate }: Awaited<ReturnType<typeof importInto>>, index: number) => {
  const location = locate(samples[index]?.hash ?? '')
  const bytes = readFileSync(location.file).subarray(location.offset, location.offset + location.length)
  return bytes.toString()
}

describe('a table that is chosen among much else', () => {
  it('is looked at alone when rows are asked for', async () => {
    const table = file('size,price\n1,2\n3,4\n')
    const beside = path.join(path.dirname(table), 'beside')
    mkdirSync(beside)
    for (let index = 0; index < 30; index++) writeFileSync(path.join(beside, `${index}.txt`), '')
    expect(await askedFor(table, 'tabular')).toMatchObject({ importer: 'tabular', fileCount: 1, error: null })
    expect(await askedFor(table, undefined)).toMatchObject({ importer: 'tabular', fileCount: 31 })
  })
})

describe('a table of rows', () => {
  it('is a sample a row: features as canonical JSON, the target apart', async () => {
    const imported = await importInto(
      folder,
      file('id;size;colour;sold;price\r\na;1,5;red;yes;10\r\nb;;blue;no;12,5\r\nc;2;red;yes;7\r\n'),
      { options: { target: 'price', targetKind: 'number' } },
    )
    expect(imported.samples.map(({ path: name, value, label }) => [name, value, label])).toEqual([
      ['a', 10, 0],
      ['b', 12.5, 0],
      ['c', 7, 0],
    ])
    expect(contentOf(imported, 0)).toBe('{"colour":"red","size":1.5,"sold":true}')
    expect(contentOf(imported, 1)).toBe('{"colour":"blue","size":null,"sold":false}')
    expect(imported.samples[0]).toMatchObject({ width: 0, height: 0, mediaType: 'application/json' })
    expect(imported.result.table).toMatchObject({
      target: { name: 'price', kind: 'number' },
      columns: [
        {
          name: 'colour',
          kind: 'categorical',
          categories: [
            ['red', 2],
            ['blue', 1],
          ],
        },
        { name: 'size', kind: 'numeric', missing: 1, numbers: { min: 1.5, max: 2, mean: 1.75 } },
        { name: 'sold', kind: 'boolean' },
      ],
    })
  })

  it('has one digest whatever the order of rows and columns, the format and the name, where rows have names', async () => {
    const one = await importInto(folder, file('id,x,y,label\na,1.0,red,p\nb,2,blue,q\n'))
    const other = await importInto(
      folder,
      file(
        '{"label":"q","y":"blue","x":2,"id":"b"}\n{"label":"p","x":1,"id":"a","y":"red"}\n',
        'other-name.jsonl',
      ),
    )
    expect(other.result.digest).toBe(one.result.digest)
  })

  it('refuses bad rows by file and line, and the rest goes on', async () => {
    const rows = Array.from({ length: 40 }, (_, index) => `${index},${index % 3},${index % 2 ? 'a' : 'b'}`)
    rows[4] = '4,many,a'
    rows[10] = '10,1'
    rows[20] = '19,1,b'
    const { result } = await importInto(folder, file(`id,x,label\n${rows.join('\n')}\n`))
    expect(result.sampleCount).toBe(37)
    expect(result.report.refused).toEqual([
      { path: 'data.csv, line 12', reason: 'the row has 2 cells where the table has 3 columns' },
      { path: 'data.csv, line 22', reason: 'another row is called "19" too' },
      { path: 'data.csv, line 6', reason: '"many" in the column "x" is no number' },
    ])
  })

  it('reads byte order marks, UTF-16, quotes with line ends, and keeps what only looks like a number', async () => {
    const text = '\ufeffzip,note,label\r\n00123,"two\r\nlines, ""quoted""",x\r\n04567,plain,y\r\n'
    const utf8 = await importInto(folder, file(text))
    expect(contentOf(utf8, 0)).toBe('{"note":"two\\r\\nlines, \\"quoted\\"","zip":"00123"}')
    const utf16 = await importInto(folder, file(Buffer.from(text, 'utf16le')))
    expect(utf16.result.digest).toBe(utf8.result.digest)
  })

  it('keeps subsets that a column gives', async () => {
    const { samples, result } = await importInto(
      folder,
      file('x,split,label\n1,train,a\n2,train,b\n3,test,a\n4,val,b\n'),
    )
    expect(samples.map(({ subset }) => subset)).toEqual(['train', 'train', 'test', 'validation'])
    expect(result.split.kind).toBe('by-folder')
  })

  it('is looked at with the kinds of its columns, and mapped as the person says', async () => {
    const source = file('a,b,c\n1,x,0.5\n2,y,1.5\n3,x,2.5\n')
    const found = await look(source, { target: 'b', leaveOut: 'c' })
    expect(found).toMatchObject({
      importer: 'tabular',
      sampleCount: 3,
      labelCount: 2,
      table: {
        mapping: { label: 'b', value: null },
        kinds: { a: 'numeric', b: 'categorical', c: 'numeric' },
      },
      error: null,
    })
    const wrong = await look(source, { target: 'z' })
    expect(wrong.error?.message).toBe('data.csv has no column "z". It has: a, b, c.')
  })

  it.skipIf(!existsSync(real))('reads the sets of scikit-learn with their classes', async () => {
    const iris = await importInto(folder, path.join(real, 'iris.csv'))
    expect(iris.result.labels.map(({ label, total }) => [label, total])).toEqual([
      ['setosa', 50],
      ['versicolor', 50],
      ['virginica', 50],
    ])
    expect(iris.result.table?.columns).toHaveLength(4)
    const wine = await importInto(folder, path.join(real, 'wine_data.csv'))
    expect([wine.result.sampleCount, wine.result.labels.length]).toEqual([178, 3])
    const cancer = await importInto(folder, path.join(real, 'breast_cancer.csv'))
    expect([cancer.result.sampleCount, cancer.result.table?.columns.length]).toEqual([569, 30])
  })
})

describe('an exported table', () => {
  it.each(['csv', 'jsonl'])('comes back from %s with the same digest and kinds', async (format) => {
    const lines = Array.from(
      { length: 60 },
      (_, row) =>
        `${row % 7}.5,${row % 5},"say ""${row}"", x",${row % 4 ? 'true' : ''},g${row % 6},${row / 4}`,
    )
    const imported = await importInto(folder, file(`size,zip,note,ok,group,price\n${lines.join('\n')}\n`), {
      options: { target: 'price', targetKind: 'number', categorical: 'zip' },
    })
    expect(imported.result.table?.columns.map(({ name, kind }) => [name, kind])).toEqual([
      ['note', 'text'],
      ['ok', 'boolean'],
      ['size', 'numeric'],
      ['zip', 'categorical'],
    ])
    const directory = path.join(folder, `out-${format}`)
    await exportTo(directory, 'rows', imported, exportable(imported), { options: { format } })
    const again = await importInto(folder, path.join(directory, `rows.${format}`))
    expect(again.result.digest).toBe(imported.result.digest)
    expect(again.result.table).toEqual(imported.result.table)
    expect(again.samples.map(({ subset }) => subset)).toEqual(imported.samples.map(({ subset }) => subset))
  })
})

describe('rows that are added to a table', () => {
  const csv = (rows: string[], name = 'data.csv', header = 'id,x,y,label') =>
    file(`${header}\n${rows.join('\n')}\n`, name)
  const first = ['a,1,red,p', 'b,2,blue,q', 'c,3,red,p']

  it('make the version that all of them together make, whatever the order of their columns', async () => {
    const base = await importInto(folder, csv(first))
    const whole = await importInto(folder, csv([...first, 'd,10,green,r', 'e,,blue,q']))
    const more = csv(
      ['q,d,green,10', 'q,e,blue,', 'p,a,red,1'].map((row) => row.replace('q,d', 'r,d')),
      'more.csv',
      'label,id,y,x',
    )
    const added = await importInto(folder, more, { into: base })
    expect(added.result.digest).toBe(whole.result.digest)
    expect(added.result.labels.map(({ label }) => label)).toEqual(['p', 'q', 'r'])
    expect(added.result.table).toEqual(whole.result.table)
    expect(added.result.report.warnings).toContain('1 row was there already and stays as it is.')
    const before = new Map(base.samples.map(({ path: name, subset }) => [name, subset]))
    for (const { path: name, subset } of added.samples)
      if (before.has(name)) expect(subset).toBe(before.get(name))
  })

  it('replace those of the same name, and the columns are counted over what is left', async () => {
    const base = await importInto(folder, csv(first))
    const { result } = await importInto(folder, csv(['a,100,red,q']), { into: base })
    expect(result.sampleCount).toBe(3)
    expect(result.table?.columns.find(({ name }) => name === 'x')?.numbers).toMatchObject({
      min: 2,
      max: 100,
    })
    await expect(importInto(folder, csv(['a,5,red,q']), { into: base, onConflict: 'fail' })).rejects.toThrow(
      '1 row is there already with other content: a. Nothing was imported.',
    )
  })

  it('are kept beside those that only have the same number', async () => {
    const header = 'x,y,label'
    const base = await importInto(folder, csv(['1,red,p', '2,blue,q'], 'data.csv', header))
    const grown = csv(['1,red,p', '5,red,q', '6,blue,p'], 'data.csv', header)
    const added = await importInto(folder, grown, { into: base })
    expect(added.samples.map(({ path: name }) => name)).toEqual([
      'data (2).csv#0000002',
      'data.csv#0000001',
      'data.csv#0000002',
      'data.csv#0000003',
    ])
    const again = await importInto(folder, grown, { into: added })
    expect(again.result.digest).toBe(added.result.digest)
  })

  it('keep the kinds of the columns: what does not fit is refused by line', async () => {
    const base = await importInto(folder, csv(first))
    const { result } = await importInto(folder, csv(['d,many,red,p', 'e,4,12,p']), { into: base })
    expect(result.report.refused).toEqual([
      { path: 'data.csv, line 2', reason: '"many" in the column "x" is no number' },
    ])
    expect(result.table?.columns.map(({ kind }) => kind)).toEqual(['numeric', 'categorical'])
  })

  it('are refused whole when their columns are others, naming them', async () => {
    const base = await importInto(folder, csv(first))
    const into = (text: string[], header: string, options = {}) =>
      importInto(folder, csv(text, 'data.csv', header), { into: base, options })
    await expect(into(['d,1,p'], 'id,x,label')).rejects.toThrow(
      'data.csv lacks columns of the table it is added to: y. Add them,',
    )
    await expect(into(['d,1,red,9,p'], 'id,x,y,z,label')).rejects.toThrow(
      'data.csv has columns that the table it is added to lacks: z. Leave them out (option "leaveOut")',
    )
    await expect(into(['d,1,red,p'], 'id,x,y,kind')).rejects.toThrow(/has no column "label"/)
    expect((await into(['d,1,red,9,p'], 'id,x,y,z,label', { leaveOut: 'z' })).result.sampleCount).toBe(4)
  })

  it.skipIf(!existsSync(real))('grow a real table by its second half', async () => {
    const [header = '', ...rows] = readFileSync(path.join(real, 'iris.csv'), 'utf8').trim().split('\n')
    const whole = await importInto(folder, file([header, ...rows].join('\n'), 'iris.csv'))
    const half = await importInto(folder, file([header, ...rows.slice(0, 75)].join('\n'), 'iris.csv'))
    const grown = await importInto(folder, file([header, ...rows].join('\n'), 'iris.csv'), { into: half })
    expect(grown.result.digest).toBe(whole.result.digest)
    expect(grown.result.sampleCount).toBe(150)
  })
})
