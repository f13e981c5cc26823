import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from '../fixtures.ts'
import { expectAccessible } from '../page-models/accessibility.ts'
import { callEngine } from '../page-models/engine.ts'

/** A second of silence, mono, 8 bits, 8 kHz. */
function silence(): Buffer {
  const head = Buffer.alloc(44)
  head.write('RIFF')
  head.writeUInt32LE(36 + 8_000, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(8_000, 24)
  head.writeUInt32LE(8_000, 28)
  head.writeUInt16LE(1, 32)
  head.writeUInt16LE(8, 34)
  head.write('data', 36)
  head.writeUInt32LE(8_000, 40)
  return Buffer.concat([head, Buffer.alloc(8_000, 128)])
}

const files: Record<string, string | Buffer> = {
  'model/MLmodel': 'flavors:\n  sklearn: {}\n',
  'model/deep/params.json': '{"lr":0.1}',
  'plots/loss.svg':
    '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="80"><path d="M0 80L200 0" stroke="red"/></svg>',
  'report.html':
    '<h1>Report</h1><script>parent.document.title = "taken"</script><img src="/blobs/x" onerror="parent.hacked = 1">',
  'read me.md': '# About\n\n**bold** words',
  'table.csv': 'name,value\n"a, b",1\nc,2\n',
  'voice.wav': silence(),
}

test('a run shows its files, its inputs and where it came from; a page in it can run nothing', async ({
  page,
  home,
  capture,
}) => {
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  const { id } = await callEngine(page, 'runs.create', {
    name: 'with files',
    environment: { python: '3.12.1', packages: Array.from({ length: 30 }, (_, n) => `package-${n}==1.0`) },
    tags: {
      'mlflow.source.git.commit': '0123456789abcdef0123456789abcdef01234567',
      'mlflow.source.name': 'train.py',
    },
  })
  await callEngine(page, 'runs.log', {
    runId: id,
    inputs: [
      {
        name: 'iris',
        digest: 'abc123',
        sourceType: 'local',
        source: '/data/iris.csv',
        schema: null,
        profile: null,
        tags: { 'mlflow.data.context': 'training' },
      },
    ],
  })
  const folder = path.join(home, 'logged')
  await mkdir(folder)
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name.replaceAll('/', '-'))
    await writeFile(file, content)
    await callEngine(page, 'runs.logArtifact', {
      runId: id,
      path: name,
      source: { kind: 'path', path: file },
    })
  }
  await page.goto(new URL(`/runs/${id}`, page.url()).href)
  const details = page.getByRole('complementary', { name: 'Details of the run' })
  await expect(details.getByText('iris', { exact: true })).toBeVisible()
  await expect(details.getByRole('region', { name: 'Code' })).toContainText('train.py')
  await expect(details.getByRole('region', { name: 'Environment' })).toContainText('3.12.1')

  const tree = page.getByRole('tree', { name: 'Artifacts' })
  await tree.focus()
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowRight')
  await expect(tree.getByRole('treeitem', { name: /^deep/ })).toBeVisible()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowRight')
  await expect(tree.getByRole('treeitem', { name: /^params.json/ })).toBeVisible()
  await page.keyboard.press('ArrowDown')
  await expect(page.getByRole('region', { name: 'Preview of model/deep/params.json' })).toContainText(
    'lr: 0.1',
  )
  const open = (name: string) => tree.getByRole('treeitem', { name: new RegExp(`^${name}`) }).click()
  await open('plots')
  await open('loss.svg')
  await expect(page.getByRole('img', { name: /^plots\/loss.svg/ })).toHaveJSProperty('naturalWidth', 200)
  await open('read me.md')
  await expect(page.getByRole('region', { name: /^Preview/ }).locator('strong')).toHaveText('bold')
  await open('voice.wav')
  await expect(page.locator('audio')).toHaveJSProperty('duration', 1)
  await open('report.html')
  await expect(page.frameLocator('iframe').getByRole('heading', { name: 'Report' })).toBeVisible()
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false)
  expect(await page.title()).not.toBe('taken')
  await open('table.csv')
  await expect(page.getByRole('cell', { name: 'a, b' })).toBeVisible()
  await capture('run-files')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await expectAccessible(page)
  }
  expect(problems).toEqual([])
})

test('a console follows what is printed, until somebody scrolls up to read', async ({
  page,
  home,
  capture,
}) => {
  const { id } = await callEngine(page, 'runs.create', { name: 'prints' })
  const file = path.join(home, 'console.txt')
  const print = async (count: number) => {
    const lines = Array.from(
      { length: count },
      (_, at) => `\x1b[32mstep\x1b[0m ${at}: ${'loss '.repeat(at % 40)}`,
    )
    await writeFile(file, `${lines.join('\n')}\n`)
    await callEngine(page, 'runs.logArtifact', {
      runId: id,
      path: 'logs/console.txt',
      source: { kind: 'path', path: file },
    })
  }
  await print(5_000)
  await page.goto(new URL(`/runs/${id}`, page.url()).href)
  const section = page.getByRole('region', { name: 'Console', exact: true })
  const log = section.getByRole('log', { name: 'Console' })
  await expect(log.getByText(/^step 4999: /)).toBeVisible()
  await expect(section).toContainText('5,000 lines, following')
  await expect(page.getByRole('region', { name: 'Code' })).toContainText('whoever logged this run named none')
  expect(await log.locator('.console-line').count()).toBeLessThan(100)
  await print(5_100)
  await expect(log.getByText(/^step 5099: /)).toBeVisible()

  await log.focus()
  await page.keyboard.press('Home')
  await expect(log.getByText('step 0:')).toBeVisible()
  await expect(section).toContainText('not following')
  await print(5_200)
  await expect(section).toContainText('5,200 lines')
  await expect(log.getByText('step 0:')).toBeVisible()
  await section.scrollIntoViewIfNeeded()
  await capture('run-console')
  await section.getByRole('button', { name: 'Jump to the end' }).press('Enter')
  await expect(log.getByText(/^step 5199: /)).toBeVisible()
  await expect(section).toContainText('5,200 lines, following')
  await expectAccessible(page)
})

test('a JSON file of 50 MB is a tree of its beginning, which is searched and whose places are copied', async ({
  page,
  home,
  capture,
}) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  const { id } = await callEngine(page, 'runs.create', { name: 'large' })
  const file = path.join(home, 'large.json')
  const rows = Array.from(
    { length: 1_000 },
    (_, at) => `{"step":${at},"word":"${'long '.repeat(10)}","loss":NaN}`,
  )
  const block = rows.join(',')
  const blocks = Array.from({ length: Math.ceil(50e6 / block.length) }, (_, at) => `"block ${at}":[${block}]`)
  await writeFile(file, `{"config":{"optimizer":{"name":"adam","lr":0.001}},${blocks.join(',')}}`)
  await callEngine(page, 'runs.logArtifact', {
    runId: id,
    path: 'large.json',
    source: { kind: 'path', path: file },
  })
  await page.goto(new URL(`/runs/${id}`, page.url()).href)
  await page.getByRole('tree', { name: 'Artifacts' }).getByRole('treeitem').click()
  const preview = page.getByRole('region', { name: 'Preview of large.json' })
  await expect(preview).toContainText(
    /The first 8 MB of 50.* MB are shown, up to the last value that is whole/,
  )
  const tree = preview.getByRole('tree', { name: 'large.json' })
  await preview.getByRole('textbox', { name: 'Search in large.json' }).fill('ADAM')
  await expect(preview.getByText('1 found')).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(tree.getByRole('treeitem', { selected: true })).toContainText('name: "adam"')
  await preview.getByRole('button', { name: 'Copy the path' }).click()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('$.config.optimizer.name')
  await tree.focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await expect(tree.getByRole('treeitem', { selected: true })).toContainText('block 0: [1000]')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowRight')
  await expect(tree.getByRole('treeitem', { name: 'loss: NaN' })).toBeVisible()
  await preview.scrollIntoViewIfNeeded()
  await capture('run-json')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await expectAccessible(page)
  }
})
