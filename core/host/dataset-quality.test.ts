import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pino from 'pino'
import sharp, { type Sharp } from 'sharp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DatasetVersion, FindingKind, QualityRuleInput, VersionQuality } from '../contract/index.ts'
import { type Engine, openEngine } from './engine.ts'

const repository = path.resolve(import.meta.dirname, '../..')
const digits = path.join(repository, 'data/datasets/sign-language-digits')
const bugInputs = path.join(repository, '../shared/data/bug-inputs.tar.gz')
const fashion = path.join(repository, '../shared/data/cls-fashion-mnist-gz')

let folder: string
let home: string
let engine: Engine

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'glyphlab-quality-'))
  home = path.join(folder, 'home')
  engine = await openEngine(home, pino({ level: 'silent' }))
})
afterEach(async () => {
  await engine.close()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

async function made(jobId: string): Promise<DatasetVersion> {
  const job = await engine.services.queue.settled(jobId)
  if (job.error) throw new Error(job.error.message)
  return engine.call('datasets.version', { versionId: String(job.result?.['datasetVersionId']) })
}

async function importFolder(source: string, name: string): Promise<DatasetVersion> {
  const { jobId } = await engine.call('datasets.import', { source: { kind: 'path', path: source }, name })
  return made(jobId)
}

/** The check that follows an import by itself, done. */
async function quality({ id }: DatasetVersion): Promise<VersionQuality> {
  await engine.services.queue.idle()
  return engine.call('datasets.quality', { versionId: id })
}

const kinds = ({ findings }: VersionQuality) => findings.map(({ kind }) => kind)

async function paths(version: DatasetVersion, finding: FindingKind): Promise<string[]> {
  const { items } = await engine.call('datasets.samples', { versionId: version.id, finding, sort: 'finding' })
  return items.map(({ path: file }) => file)
}

/** Two classes of drawn pictures, with one of every fault. */
async function faultySet(): Promise<string> {
  const root = path.join(folder, 'faulty')
  const scene = (seed: number) =>
    sharp(Buffer.from(Array.from({ length: 108 }, (_, n) => (n * 7919 * (seed + 3) + seed * 104729) % 256)), {
      raw: { width: 6, height: 6, channels: 3 },
    }).resize(80, 80, { kernel: 'cubic' })
  for (const subset of ['train', 'test'])
    for (const label of ['a', 'b']) mkdirSync(path.join(root, subset, label), { recursive: true })
  const put = (file: string, picture: Sharp) => picture.toFile(path.join(root, file))
  for (let n = 0; n < 12; n++) {
    await put(`train/a/${n}.png`, scene(n).png())
    await put(`train/b/${n}.png`, scene(100 + n).png())
  }
  for (let n = 0; n < 10; n++) {
    await put(`test/a/${n}.png`, scene(200 + n).png())
    await put(`test/b/${n}.png`, scene(300 + n).png())
  }
  cpSync(path.join(root, 'train/a/0.png'), path.join(root, 'test/a/leak.png'))
  cpSync(path.join(root, 'train/a/1.png'), path.join(root, 'train/b/conflict.png'))
  await put('test/a/recompressed.jpg', scene(2).jpeg({ quality: 40 }))
  await put(
    'train/a/blank.png',
    sharp({ create: { width: 80, height: 80, channels: 3, background: '#777' } }).png(),
  )
  await put('train/a/large.png', scene(400).resize(900, 900).png())
  writeFileSync(path.join(root, 'train/a/empty.png'), '')
  return root
}

describe('the check that follows an import', () => {
  it('finds one of every fault, names the pictures, and opens them in the grid', async () => {
    const version = await importFolder(await faultySet(), 'faulty')
    const found = await quality(version)
    expect(kinds(found)).toEqual([
      'leakage',
      'label-conflict',
      'near-leakage',
      'exact-duplicates',
      'refused',
      'blank',
      'near-duplicates',
      'odd-size',
    ])
    expect(await paths(version, 'leakage')).toEqual(['test/a/leak.png', 'train/a/0.png'])
    expect(await paths(version, 'near-leakage')).toEqual(['test/a/recompressed.jpg', 'train/a/2.png'])
    expect(await paths(version, 'label-conflict')).toEqual(['train/a/1.png', 'train/b/conflict.png'])
    expect(await paths(version, 'blank')).toEqual(['train/a/blank.png'])
    expect(await paths(version, 'odd-size')).toEqual(['train/a/large.png'])
    expect(
      found.findings.find(({ kind }) => kind === 'leakage')?.examples.map(({ path: file }) => file),
    ).toEqual(['test/a/leak.png', 'train/a/0.png'])
    const members = await engine.call('datasets.findingMembers', {
      versionId: version.id,
      finding: 'odd-size',
    })
    expect(members).toMatchObject({ total: 1, items: [{ reason: '900 x 900 px', group: null }] })
    // Bars of the histograms are filters too.
    const dark = { property: 'brightness' as const, min: 119, max: 119 }
    const grey = await engine.call('datasets.samples', { versionId: version.id, within: dark, labels: ['a'] })
    expect(grey.items.map(({ path: file }) => file)).toContain('train/a/blank.png')
    const none = await engine.call('datasets.samples', { versionId: version.id, finding: 'damaged' })
    expect(none.total).toBe(0)
  })

  it('offers remedies that leave nothing of the fault', async () => {
    const version = await importFolder(await faultySet(), 'faulty')
    await quality(version)
    const steps = []
    for (const finding of ['label-conflict', 'leakage', 'near-leakage', 'blank', 'odd-size'] as const) {
      const [first] = await engine.call('datasets.remedies', { versionId: version.id, finding })
      if (!first) throw new Error(`no remedy for ${finding}`)
      steps.push(...first.steps)
    }
    const preview = await engine.call('datasets.preview', { versionId: version.id, steps })
    expect(preview.sampleCount).toBe(version.sampleCount - 6)
    const { jobId } = await engine.call('datasets.transform', { versionId: version.id, steps })
    const mended = await made(jobId)
    // The check of what a recipe made follows by itself too.
    expect(kinds(await quality(mended))).toEqual([])
    const left = await engine.call('datasets.samples', { versionId: mended.id, limit: 1_000 })
    expect(left.items.map(({ path: file }) => file)).toEqual(
      expect.arrayContaining(['test/a/leak.png', 'test/a/recompressed.jpg']),
    )
  })

  it('looks at each content once, whatever versions it is in', async () => {
    const version = await importFolder(await faultySet(), 'faulty')
    await quality(version)
    const measured = () => engine.services.store.prepare('SELECT count(*) AS n FROM picture_measure').get()
    const before = measured()
    const { jobId } = await engine.call('datasets.transform', {
      versionId: version.id,
      steps: [{ kind: 'filter', where: { labels: ['a'] } }],
    })
    await quality(await made(jobId))
    expect(measured()).toEqual(before)
    await engine.call('datasets.delete', { datasetId: version.datasetId })
    await engine.call('datasets.purge', { datasetId: version.datasetId })
    expect(measured()).toEqual({ n: 0 })
    expect(engine.services.store.prepare('SELECT count(*) AS n FROM finding_member').get()).toEqual({ n: 0 })
  })

  it('can be cancelled, and leaves what was known', async () => {
    const version = await importFolder(digits, 'digits')
    const before = await quality(version)
    engine.services.store.prepare('DELETE FROM picture_measure').run()
    const { jobId } = await engine.call('datasets.checkQuality', { versionId: version.id })
    await engine.call('jobs.cancel', { jobId })
    expect((await engine.services.queue.settled(jobId)).status).toBe('cancelled')
    expect(await engine.call('datasets.quality', { versionId: version.id })).toEqual(before)
    expect(readdirSync(path.join(home, 'work'))).toEqual([])
  })

  it.skipIf(!existsSync(bugInputs))('finds the leak and the absent class of a reported folder', async () => {
    execFileSync('tar', ['xzf', bugInputs, '-C', folder])
    const version = await importFolder(path.join(folder, 'B09-splits'), 'B09')
    const found = await quality(version)
    expect(kinds(found)).toEqual(expect.arrayContaining(['leakage', 'class-not-in-train', 'small-classes']))
    expect(await paths(version, 'leakage')).toEqual(expect.arrayContaining(['val/a/leak.jpg']))
    expect(await paths(version, 'class-not-in-train')).toEqual(['val/d/0019.jpg'])
  })

  it.skipIf(!existsSync(fashion))(
    'takes well under a minute for 70,000 pictures',
    async () => {
      const version = await importFolder(fashion, 'fashion')
      await engine.services.queue.idle()
      const job = (await engine.call('jobs.list', {})).find(({ kind }) => kind === 'dataset-quality')
      const seconds = ((job?.finishedAt ?? 0) - (job?.startedAt ?? 0)) / 1_000
      expect(kinds(await engine.call('datasets.quality', { versionId: version.id }))).toContain(
        'near-duplicates',
      )
      expect(seconds).toBeLessThan(60)
    },
    300_000,
  )
})

describe('probable label errors', () => {
  it('are looked for on request, listed surest first, and mended by their suggestion', async () => {
    const version = await importFolder(digits, 'digits')
    const { items } = await engine.call('datasets.samples', { versionId: version.id, limit: 1_000 })
    const wrong = items.filter((_, n) => n % 20 === 7).map(({ path: file }) => file)
    const flips = await engine.call('datasets.transform', {
      versionId: version.id,
      steps: [
        {
          kind: 'relabel',
          edits: wrong.map((file) => ({
            paths: [file],
            set: { label: String((Number(file.split('/')[0]) + 3) % 10) },
          })),
        },
      ],
    })
    const flipped = await made(flips.jobId)
    const { jobId } = await engine.call('datasets.findLabelErrors', { versionId: flipped.id })
    await made(jobId)
    const { items: found } = await engine.call('datasets.findingMembers', {
      versionId: flipped.id,
      finding: 'label-errors',
    })
    const first = found.slice(0, wrong.length).filter(({ sample }) => wrong.includes(sample.path))
    expect(first.length).toBeGreaterThanOrEqual(wrong.length / 2)
    const remedies = await engine.call('datasets.remedies', {
      versionId: flipped.id,
      finding: 'label-errors',
    })
    expect(remedies.map(({ id }) => id)).toEqual(['drop', 'suggested'])
    // A check of the rest leaves them.
    await engine.services.queue.idle()
    expect(kinds(await engine.call('datasets.quality', { versionId: flipped.id }))).toContain('label-errors')
  }, 60_000)
})

describe('rules of a dataset', () => {
  const rules: QualityRuleInput[] = [
    { kind: 'min-per-class', count: 2 },
    { kind: 'no-leakage', near: true, blocking: true },
  ]

  it('refuse a training on what breaks a blocking one, and let it go when it is mended', async () => {
    const version = await importFolder(await faultySet(), 'faulty')
    await engine.call('datasets.setRules', { datasetId: version.datasetId, rules })
    const found = await quality(version)
    expect(found.rules.map(({ holds }) => holds)).toEqual([true, false])
    await expect(
      engine.call('training.start', { datasetVersionId: version.id, options: { epochs: 1 } }),
    ).rejects.toThrow(
      /faulty v1 breaks a rule that training waits for\. No picture, and nothing that looks the same, lies in two subsets: 1 picture lies in two subsets; 1 group of look-alikes in two subsets\. Take the copies out of train\./,
    )
    const steps = []
    for (const finding of ['leakage', 'near-leakage'] as const)
      steps.push(
        ...((await engine.call('datasets.remedies', { versionId: version.id, finding }))[0]?.steps ?? []),
      )
    const { jobId } = await engine.call('datasets.transform', { versionId: version.id, steps })
    const mended = await made(jobId)
    expect((await quality(mended)).rules.every(({ holds }) => holds)).toBe(true)
    const started = await engine.call('training.start', {
      datasetVersionId: mended.id,
      options: { epochs: 1 },
    })
    await engine.call('jobs.cancel', { jobId: started.jobId })
    await engine.services.queue.idle()
  })

  it('keep a training waiting until the version was checked, and say so', async () => {
    const version = await importFolder(digits, 'digits')
    await engine.call('datasets.setRules', {
      datasetId: version.datasetId,
      rules: [{ kind: 'min-per-class', count: 1, blocking: true }],
    })
    await engine.services.queue.idle()
    engine.services.store.prepare('DELETE FROM quality_check').run()
    await expect(engine.call('training.start', { datasetVersionId: version.id })).rejects.toThrow(
      /digits v1 has not been checked yet\. Check its quality first: glyphlab datasets quality digits@1/,
    )
  })

  it('end the command with 1 when one is broken, in text and in JSON', async () => {
    await importFolder(digits, 'digits')
    await engine.services.queue.idle()
    await engine.close()
    const file = path.join(folder, 'rules.json')
    writeFileSync(file, JSON.stringify([{ kind: 'min-per-class', count: 1_000 }, { kind: 'no-unlabelled' }]))
    const cli = (...args: string[]) =>
      spawnSync(process.execPath, ['core/host/cli.ts', '--home', home, 'datasets', ...args], {
        cwd: repository,
        encoding: 'utf8',
      })
    const set = cli('rules', 'digits', '--set', file)
    expect(set.stdout).toMatch(/BROKEN {2}Each class has at least 1,000 samples: "0" has 20/)
    expect(set.stdout).toContain('holds   Each sample has a class')
    expect(set.status).toBe(1)
    const shown = cli('quality', 'digits', '--json')
    expect(shown.status).toBe(1)
    const lines = shown.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { holds?: boolean })
    expect(lines.filter(({ holds }) => holds === false)).toHaveLength(1)
    writeFileSync(file, '[{"kind": "min-per-clas"}]')
    expect(cli('rules', 'digits', '--set', file).stderr).toMatch(/holds no list of rules: 0\.kind/)
    writeFileSync(file, '[]')
    expect(cli('rules', 'digits', '--set', file).status).toBe(0)
    const drift = cli('drift', 'digits', 'digits@1')
    expect(drift.status).toBe(0)
    expect(drift.stdout).toMatch(/Brightness +same +0\.000 +0\.000/)
    engine = await openEngine(home, pino({ level: 'silent' }))
  }, 60_000)
})
