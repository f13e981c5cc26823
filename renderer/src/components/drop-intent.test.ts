import { describe, expect, it } from 'vitest'
import { type DroppedItem, datasetNameFrom, dropIntents, intentLabel } from './drop-intent.ts'

const file = (name: string, type = ''): DroppedItem => ({ name, folder: false, type })
const folder = (name: string): DroppedItem => ({ name, folder: true, type: '' })
const offers = (items: DroppedItem[], references: string[] = [], place = 'read') =>
  dropIntents(items, references, place).map(intentLabel)

describe('what the app offers to do with a drop', () => {
  it('reads pictures, known by their type or their name', () => {
    expect(offers([file('a.bin', 'image/png'), file('B.TIFF'), file('notes.txt')])).toEqual([
      'Read these 2 pictures',
    ])
    expect(offers([file('scan.JPG')])).toEqual(['Read this picture'])
  })

  it('imports a folder as a dataset under its name', () => {
    expect(offers([folder('digits')])).toEqual(['Import the folder “digits” as a dataset'])
  })

  it('imports IDX files together', () => {
    const names = ['train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte.gz']
    expect(offers(names.map((name) => file(name, 'application/gzip')))).toEqual([
      'Import these 2 IDX files as a dataset',
    ])
  })

  it('imports an archive or a table of labels', () => {
    expect(offers([file('Set 1.TAR.GZ')])).toEqual(['Import “Set 1.TAR.GZ” as a dataset'])
    expect(offers([file('labels.csv', 'text/csv')])).toEqual(['Import “labels.csv” as a dataset'])
  })

  it('classifies with each champion, first of all where models are on view', () => {
    const picture = [file('hand.png', 'image/png')]
    expect(offers(picture, ['digits@champion'])).toEqual([
      'Read this picture',
      'Classify this picture with digits@champion',
    ])
    expect(offers(picture, ['digits@champion'], 'models')[0]).toBe(
      'Classify this picture with digits@champion',
    )
  })

  it('offers nothing for what it can not open', () => {
    expect(offers([file('notes.txt', 'text/plain'), file('program.exe')])).toEqual([])
  })
})

describe('the name of a dataset made of a folder', () => {
  it('loses what names may not hold and is never empty', () => {
    expect(datasetNameFrom('a/b@c\\d\u0007')).toBe('a b c d')
    expect(datasetNameFrom('  ')).toBe('Dataset')
    expect(datasetNameFrom('x'.repeat(300))).toHaveLength(200)
    expect(datasetNameFrom('Zähler 🎈')).toBe('Zähler 🎈')
  })
})
