import { createWriteStream, existsSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { type DockerEngine, dockerEngine } from './docker-engine.ts'
import { electronRuntime } from './electron-runtime.ts'
import { flakyUnitTests } from './flaky-reporter.ts'
import { artifacts, root } from './paths.ts'
import { run, tool, which } from './run-command.ts'
import { missingFor } from './system-packages.ts'

interface Counts {
  passed: number
  failed: number
  skipped: number
}

type Outcome = Counts & {
  /** Why the whole step was left out, and what would bring it back. */
  reason?: string
  /** What did not run of a step that did, by name. */
  skippedTests?: string[]
  /** What failed and passed when it was repeated, by name: counted as passed, and to be mended. */
  flakyTests?: string[]
}

const single = (ok: boolean): Outcome => ({ passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 })
const leftOut = (reason: string): Outcome => ({ passed: 0, failed: 0, skipped: 1, reason })

/** Runs a program, showing its output and keeping it in `artifacts/<step>.log`. */
async function runLogged(
  step: string,
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<number> {
  const log = createWriteStream(path.join(artifacts, `${step}.log`))
  const { code } = await run(command, args, {
    env: { ...process.env, ...env },
    output: 'show',
    onOutput: (chunk) => log.write(chunk),
  })
  await new Promise((resolve) => log.end(resolve))
  return code
}

/** A runner that fails without naming a failed test (a file that does not load, no tests at all) counts as a failure. */
function withExitCode(counts: Counts, code: number): Counts {
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts
}

async function readReport<Report>(file: string): Promise<Report | undefined> {
  return readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as Report,
    () => undefined,
  )
}

async function checkStep(): Promise<Outcome> {
  const code = await runLogged('check', process.execPath, ['build/check.ts'])
  const lines = (await readFile(path.join(artifacts, 'check.log'), 'utf8')).split('\n')
  const passed = lines.filter((line) => line.startsWith('ok ')).length
  const failed = lines.filter((line) => line.startsWith('FAILED ')).length
  return withExitCode({ passed, failed, skipped: 0 }, code)
}

async function unitStep(): Promise<Outcome> {
  const report = path.join(artifacts, 'unit.json')
  await rm(report, { force: true })
  await rm(flakyUnitTests, { force: true })
  const args = ['run', '--config', 'build/vitest.config.ts', '--project', 'unit', '--retry=1']
  const reporters = [
    '--reporter=default',
    '--reporter=json',
    '--reporter=build/flaky-reporter.ts',
    `--outputFile.json=${report}`,
  ]
  const code = await runLogged('unit', tool('vitest'), [...args, ...reporters])
  const counts = await readReport<UnitReport>(report)
  if (!counts) return single(false)
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = counts
  const skipped = numPendingTests + numTodoTests
  const outcome = withExitCode({ passed: numPassedTests, failed: numFailedTests, skipped }, code)
  const flakyTests = await readReport<string[]>(flakyUnitTests)
  return { ...outcome, skippedTests: skippedTests(counts), ...(flakyTests ? { flakyTests } : {}) }
}

interface UnitReport {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: {
    name: string
    assertionResults: { status: string; ancestorTitles: string[]; title: string }[]
  }[]
}

/** A line for each group of tests that did not run. Their titles say why; most read real inputs that are not shipped. */
function skippedTests({ testResults }: UnitReport): string[] {
  const groups = new Map<string, number>()
  for (const { name, assertionResults } of testResults)
    for (const { status, ancestorTitles, title } of assertionResults) {
      if (status === 'passed' || status === 'failed') continue
      const group = `${path.relative(root, name)}: ${ancestorTitles[0] ?? title}`
      groups.set(group, (groups.get(group) ?? 0) + 1)
    }
  const lines = [...groups].map(([group, count]) => `${group} (${count})`)
  const shared = path.join(root, '..', 'shared', 'data')
  return lines.length > 0 && !existsSync(shared)
    ? [...lines, 'The tests of real sets, pages and picture files run where ../shared/data holds them.']
    : lines
}

async function buildStep(): Promise<Outcome> {
  return single((await runLogged('build', process.execPath, ['build/build.ts'])) === 0)
}

async function playwright(project: string, env: NodeJS.ProcessEnv, display: boolean): Promise<Outcome> {
  const report = path.join(artifacts, `e2e-${project}.json`)
  await rm(report, { force: true })
  const command = [tool('playwright'), 'test', '-c', 'build/playwright.config.ts', '--project', project]
  const withDisplay =
    display && process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']
      ? ['xvfb-run', '-a', '-s', '-screen 0 1920x1200x24', ...command]
      : command
  const [program = '', ...args] = [...withDisplay, '--reporter=list,json', '--retries=1']
  const code = await runLogged(`e2e-${project}`, program, args, {
    ...env,
    PLAYWRIGHT_JSON_OUTPUT_NAME: report,
  })
  const written = await readReport<PlaywrightReport>(report)
  if (!written) return single(false)
  const { expected, unexpected, flaky, skipped } = written.stats
  const outcome = withExitCode({ passed: expected + flaky, failed: unexpected, skipped }, code)
  return { ...outcome, flakyTests: written.suites.flatMap((suite) => flakySpecs(suite, project)) }
}

interface PlaywrightSuite {
  suites?: PlaywrightSuite[]
  specs: { title: string; file: string; tests: { status: string }[] }[]
}
interface PlaywrightReport {
  stats: { expected: number; unexpected: number; flaky: number; skipped: number }
  suites: PlaywrightSuite[]
}

function flakySpecs({ suites = [], specs }: PlaywrightSuite, project: string): string[] {
  const own = specs
    .filter(({ tests }) => tests.some(({ status }) => status === 'flaky'))
    .map(({ title, file }) => `${project}/${path.basename(file)}: ${title}`)
  return [...own, ...suites.flatMap((suite) => flakySpecs(suite, project))]
}

async function electronStep(): Promise<Outcome> {
  const missing = await missingFor('electron')
  if (missing) return leftOut(missing)
  try {
    const { version, origin } = await electronRuntime()
    console.log(`Electron ${version} (${origin})`)
  } catch (error) {
    return leftOut(error instanceof Error ? error.message : String(error))
  }
  return playwright('electron', {}, true)
}

async function browserStep(): Promise<Outcome> {
  const missing = await missingFor('browser')
  if (missing) return leftOut(missing)
  const chromium = process.env['CHROMIUM'] ?? which('chromium')
  return playwright('browser', chromium ? { CHROMIUM: chromium } : {}, false)
}

async function dockerStep(): Promise<Outcome> {
  let engine: DockerEngine
  try {
    engine = await dockerEngine()
  } catch (error) {
    return leftOut(error instanceof Error ? error.message : String(error))
  }
  try {
    return await playwright('docker', engine.env, false)
  } finally {
    await engine.stop()
  }
}

const steps = {
  check: checkStep,
  unit: unitStep,
  build: buildStep,
  electron: electronStep,
  browser: browserStep,
  docker: dockerStep,
}
type Step = keyof typeof steps
const isStep = (name: string): name is Step => name in steps

function chosenSteps(): Step[] {
  const { values } = parseArgs({ options: { only: { type: 'string' } } })
  if (values.only === undefined) return Object.keys(steps).filter(isStep)
  const names = values.only.split(',')
  const unknown = names.filter((name) => !isStep(name))
  if (unknown.length > 0) {
    console.error(`There is no step ${unknown.join(', ')}. Steps: ${Object.keys(steps).join(', ')}`)
    process.exit(2)
  }
  return names.filter(isStep)
}

async function runStep(name: Step): Promise<Outcome> {
  console.log(`\n== ${name}`)
  const outcome = await steps[name]().catch((error: unknown) => {
    console.error(error)
    return single(false)
  })
  // On a machine that has to prove the whole, what can't run has failed.
  if (outcome.reason !== undefined && process.env['CI'] === 'true')
    return { ...outcome, skipped: 0, failed: 1 }
  return outcome
}

process.chdir(root)
await mkdir(artifacts, { recursive: true })
const total: Counts = { passed: 0, failed: 0, skipped: 0 }
const notes: string[] = []
for (const name of chosenSteps()) {
  const { passed, failed, skipped, reason, skippedTests: left = [], flakyTests = [] } = await runStep(name)
  total.passed += passed
  total.failed += failed
  total.skipped += skipped
  const counts = `${passed} passed, ${failed} failed, ${skipped} skipped`
  notes.push(...left.map((test) => `skipped: ${test}`))
  notes.push(...flakyTests.map((test) => `flaky (failed, then passed when repeated): ${test}`))
  notes.push(`${name}: ${reason === undefined ? counts : `did not run (${reason})`}`)
}
console.log(`\n${notes.join('\n')}`)
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exit(total.failed === 0 ? 0 : 1)
