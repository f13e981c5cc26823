import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sbom } from '../core/deploy/sbom.ts'
import { describedBundle, targetFiles } from '../core/deploy/testing/target-files.ts'
import { goProgram, pythonTools } from './bundle-tools.ts'
import { debianProgram } from './debian-programs.ts'
import { run, which } from './run-command.ts'

const bundles = [
  describedBundle({ name: 'Größe: "x" #1 {a} $b' }),
  describedBundle({ kind: 'ocr', name: 'ocr', version: 'tesseract.js 7.0.0' }),
  describedBundle({ name: 'Hand signs', platform: 'any' }),
  describedBundle({ kind: 'table-regressor', name: 'prices' }),
]
const folders: string[] = []
const tools = await pythonTools()
const promtool = await debianProgram('prometheus', 'usr/bin/promtool')
const actionlint = await goProgram('actionlint')
const kubectl = which('kubectl')
/** kubectl has one built in. */
const kustomize = kubectl ? { program: kubectl } : await goProgram('kustomize')
const shellcheck = await debianProgram('shellcheck', 'usr/bin/shellcheck')

/** The name of a test that needs a tool: with the reason when it can't run. */
const named = (name: string, found: object) =>
  'missing' in found ? `${name} (skipped: ${String(found.missing)})` : name

beforeAll(async () => {
  const guarded = { 'compose.keys': true, 'compose.predictionLog': true, 'kubernetes.keys': true }
  const all = [
    ...bundles.map((bundle) => ({ bundle, options: {} })),
    { bundle: describedBundle(), options: { ...guarded, 'kubernetes.predictionLog': 'volume' } },
  ]
  for (const { bundle, options } of all) {
    const folder = await mkdtemp(path.join(tmpdir(), 'glyphlab lint '))
    folders.push(folder)
    for (const { path: name, content, executable } of targetFiles(bundle, options).values()) {
      const file = path.join(folder, name)
      await mkdir(path.dirname(file), { recursive: true })
      await writeFile(file, content)
      if (executable) await chmod(file, 0o755)
    }
    const packages = [
      { name: '@img/colour', version: '1.0.0', license: 'MIT', integrity: `sha512-${'A'.repeat(86)}==` },
      { name: 'jszip', version: '3.1.0', license: '(MIT OR GPL-3.0-or-later)' },
      { name: 'odd', version: '1.0.0-rc.1+x', license: 'SEE LICENSE IN LICENSE.txt' },
      { name: 'bare', version: '1.0.0' },
    ]
    await writeFile(path.join(folder, 'sbom.cdx.json'), JSON.stringify(sbom(bundle, packages)))
  }
})
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

/** Runs a tool in each bundle's folder; what it says when it is not content. */
async function complaints(command: string, args: string[]): Promise<string[]> {
  const results = await Promise.all(folders.map((cwd) => run(command, args, { cwd, timeoutMs: 60_000 })))
  return results.filter(({ code }) => code !== 0).map(({ output }) => output)
}

describe('what is written for a bundle passes the real tools', () => {
  it.skipIf('missing' in tools)(named('hadolint: the Dockerfile', tools), async () => {
    if ('missing' in tools) return
    const program = path.join(tools.bin, 'hadolint')
    expect(await complaints(program, ['--failure-threshold', 'warning', 'Dockerfile'])).toEqual([])
  })

  it.skipIf('missing' in tools)(named("CycloneDX's own validator: sbom.cdx.json", tools), async () => {
    if ('missing' in tools) return
    const script = `
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
validator = JsonStrictValidator(SchemaVersion.V1_6)
errors = [str(error)[:2000] for error in (validator.validate_str(open(path).read()) for path in sys.argv[1:]) if error]
raise SystemExit('\\n'.join(errors) or None)`
    const files = folders.map((folder) => path.join(folder, 'sbom.cdx.json'))
    const { code, output } = await run(path.join(tools.bin, 'python3'), ['-c', script, ...files])
    expect([code, output]).toEqual([0, ''])
  })

  it.skipIf('missing' in promtool)(
    named("promtool: rules, configuration and the dashboard's queries", promtool),
    async () => {
      if ('missing' in promtool) return
      expect(
        await complaints(promtool.program, ['check', 'rules', 'monitoring/prometheus/alerts.yml']),
      ).toEqual([])
      // Each query of the dashboard, as a rule of its own.
      for (const folder of folders) {
        const written = await readFile(
          path.join(folder, 'monitoring/grafana/dashboards/service.json'),
          'utf8',
        )
        const queries = (JSON.parse(written) as { panels: { targets: { expr: string }[] }[] }).panels
          .flatMap(({ targets }) => targets)
          .map(({ expr }, at) => ({ record: `dashboard:query_${at}`, expr }))
        const groups = [{ name: 'dashboard', rules: queries }]
        await writeFile(path.join(folder, 'dashboard-queries.yml'), JSON.stringify({ groups }))
      }
      expect(await complaints(promtool.program, ['check', 'rules', 'dashboard-queries.yml'])).toEqual([])
      const config = ['check', 'config', '--syntax-only', 'monitoring/prometheus/prometheus.yml']
      expect(await complaints(promtool.program, config)).toEqual([])
    },
  )

  const cluster = 'missing' in kustomize ? kustomize : tools
  it.skipIf('missing' in cluster)(
    named("kustomize and the Kubernetes API's schema: each overlay", cluster),
    async () => {
      if ('missing' in cluster || 'missing' in kustomize) return
      const overlays = ['staging', 'production', 'canary']
      const build = `"$0" ${kubectl ? 'kustomize' : 'build'}`
      const render = overlays.map((name) => `${build} kubernetes/overlays/${name} > ${name}.yaml`)
      expect(await complaints('sh', ['-c', render.join(' && '), kustomize.program])).toEqual([])
      const rendered = folders.flatMap((folder) => overlays.map((name) => path.join(folder, `${name}.yaml`)))
      const { code, output } = await run(path.join(cluster.bin, 'kubernetes-validate'), [
        '--strict',
        ...rendered,
      ])
      expect([code, output]).toEqual([0, expect.stringContaining('networkpolicy')])
    },
  )

  it.skipIf('missing' in actionlint)(named('actionlint: the workflow', actionlint), async () => {
    if ('missing' in actionlint) return
    const shell = 'missing' in shellcheck ? '' : shellcheck.program
    const args = [`-shellcheck=${shell}`, '.github/workflows/ci-cd.yml']
    expect(await complaints(actionlint.program, args)).toEqual([])
  })

  it.skipIf('missing' in shellcheck)(
    named('shellcheck: the script that changes colours', shellcheck),
    async () => {
      if ('missing' in shellcheck) return
      expect(await complaints(shellcheck.program, ['blue-green.sh'])).toEqual([])
    },
  )

  it.skipIf('missing' in shellcheck)(named("shellcheck: the Jenkinsfile's scripts", shellcheck), async () => {
    if ('missing' in shellcheck) return
    for (const folder of folders) {
      const written = await readFile(path.join(folder, 'Jenkinsfile'), 'utf8')
      const scripts = [...written.matchAll(/\bsh '''\n([\s\S]*?)'''|\bsh '([^'\n]+)'/g)]
      expect(scripts.length).toBeGreaterThan(6)
      for (const [index, [, block, line = '']] of scripts.entries()) {
        // What Groovy makes of the escapes in its string.
        const script = (block ?? line).replace(/\\(\n|[\\$'])/g, (_, after: string) => after.trim())
        await writeFile(path.join(folder, `jenkins-${index}.sh`), script)
      }
    }
    const args = ['-c', '"$0" --shell sh jenkins-*.sh', shellcheck.program]
    expect(await complaints('sh', args)).toEqual([])
  })
})
