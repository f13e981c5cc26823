import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { bufferLines, createLog } from './log.ts'

const module = new URL('./log.ts', import.meta.url).href

it('gathers lines into few writes, and writes an error at once with what came before it', () => {
  const written: string[] = []
  const lines = bufferLines((text) => written.push(text))
  const log = createLog(lines.write)
  for (let i = 0; i < 100; i += 1) log('info', 'request', { i })
  expect(written).toEqual([])
  log('error', 'broken')
  expect(written).toHaveLength(1)
  expect(written[0]?.split('\n')).toHaveLength(102)
  log('info', 'after')
  lines.flush()
  expect(written[1]).toContain('"after"')
})

it.each(['process.exit(3)', "throw new Error('bug')", ''])(
  'loses no line when the process ends by "%s"',
  (end) => {
    const program = `
    import { bufferLines, createLog, writeOut } from ${JSON.stringify(module)}
    const lines = bufferLines(writeOut)
    const log = createLog(lines.write)
    for (let i = 0; i < 5000; i += 1) log('info', 'request', { i })
    ${end}`
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
    })
    expect(stdout.trim().split('\n')).toHaveLength(5_000)
  },
)
