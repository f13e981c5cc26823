import { describe, expect, it } from 'vitest'
import { type DroppedItem, datasetNameFrom, dropIntents, intentLabel } from './drop-intent.ts'
import { looksLikeLog } from './run-log-names.ts'

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

  it('imports the runs of other trackers, told by names inside the folder', () => {
    const holding = (inside: string[]) => offers([{ ...folder('logs'), inside }])
    const dataset = 'Import the folder “logs” as a dataset'
    expect(holding(['0/meta.yaml', '0/ab/meta.yaml'])).toEqual([
      'Import runs of “logs” (MLflow folder)',
      dataset,
    ])
    expect(holding(['train/events.out.tfevents.1.host'])[0]).toBe('Import runs of “logs” (TensorBoard log)')
    expect(holding(['offline-run-1/run-1.wandb'])[0]).toBe('Import runs of “logs” (W&B offline runs)')
    expect(holding(['dvc.yaml', 'a.png'])[0]).toBe('Import runs of “logs” (DVC or DVCLive folder)')
    expect(holding(['cat/1.png', 'dog/2.png'])).toEqual([dataset])
    expect(offers([file('mlflow.db')])).toEqual(['Import runs of “mlflow.db” (MLflow database)'])
    expect(offers([file('studies.sqlite3')])).toEqual([
      'Import runs of “studies.sqlite3” (MLflow or Optuna database)',
    ])
  })

  it('takes a table over steps for a log, and any other for labels', () => {
    expect(looksLikeLog('log.csv', '\ufeff"epoch";loss\r\n1;2')).toBe(true)
    expect(looksLikeLog('log.jsonl', '{"_step": 1, "loss": NaN}\n')).toBe(true)
    expect(looksLikeLog('labels.csv', 'file,label\nstep.png,epoch')).toBe(false)
    expect(offers([{ ...file('log.csv'), isLog: true }])).toEqual([
      'Import runs of “log.csv” (log of metrics)',
      'Import “log.csv” as a dataset',
    ])
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
