import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { mlflowEnvironment } from '../mlflow.ts'
import { dist, root } from '../paths.ts'
import { pythonWith } from '../python-environment.ts'
import { run } from '../run-command.ts'

const version = process.env['GLYPHLAB_MLFLOW'] ?? '3.17.2'
const variable = 'GLYPHLAB_MLFLOW_TESTS'
/** Of a checkout of MLflow: its tests of the client against a server. */
const ownTests = ['tests/tracking/test_rest_tracking.py', 'tests/tracking/test_model_registry.py']
const limitMs = 3_000_000

interface Outcome {
  outcome: 'passed' | 'failed' | 'skipped'
  reason: string
}

/**
 * MLflow's own tests of its client, with the client from PyPI, against this server. The tests come with MLflow's
 * sources only, which a person fetches: `$GLYPHLAB_MLFLOW_TESTS` names the checkout, or files of tests.
 */
export async function mlflowTestsBench(): Promise<object> {
  const given = process.env[variable]
  if (!given)
    return {
      skipped: `Set ${variable} to a checkout of https://github.com/mlflow/mlflow at v${version}: PyPI's package has no tests.`,
    }
  const checkout = path.resolve(given.split(path.delimiter)[0] ?? '')
  const isCheckout = existsSync(path.join(checkout, 'tests'))
  const files = isCheckout
    ? ownTests.map((file) => path.join(checkout, file)).filter(existsSync)
    : given.split(path.delimiter).map((file) => path.resolve(file))
  const absent = files.find((file) => !existsSync(file))
  if (files.length === 0 || absent) return { skipped: `${absent ?? checkout} holds no tests of MLflow.` }
  const peer = await pythonWith(`mlflow-tests-${version}`, [`mlflow==${version}`, 'pytest==8.4.2', 'flask'])
  if ('missing' in peer) return { skipped: peer.missing }
  const work = await mkdtemp(path.join(tmpdir(), 'glyphlab-mlflow-tests-'))
  try {
    const report = path.join(work, 'report.json')
    const built = path.join(dist, 'engine/cli.js')
    const program = existsSync(built) ? built : path.join(root, 'core/host/cli.ts')
    const server = [process.execPath, '--disable-warning=ExperimentalWarning', program, 'serve', '--json']
    const pytest = [
      '-m',
      'pytest',
      '-q',
      '-p',
      'mlflow_tests_plugin',
      '-p',
      'no:cacheprovider',
      '--noconftest',
    ]
    const { output } = await run(peer.python, [...pytest, '--rootdir', work, ...files], {
      cwd: work,
      timeoutMs: limitMs,
      env: {
        ...mlflowEnvironment(work),
        PYTHONPATH: [path.join(root, 'build/bench'), ...(isCheckout ? [checkout] : [])].join(path.delimiter),
        PYTHONDONTWRITEBYTECODE: '1',
        GLYPHLAB_TESTS_SERVER: JSON.stringify([...server, '--port', '0', '--mlflow', '0']),
        GLYPHLAB_TESTS_REPORT: report,
      },
    })
    if (!existsSync(report)) throw new Error(`The tests could not be run: ${output.slice(-2_000)}`)
    const outcomes = JSON.parse(await readFile(report, 'utf8')) as Record<string, Outcome>
    const all = Object.values(outcomes)
    return {
      mlflow: version,
      tests: all.length,
      passed: all.filter(({ outcome }) => outcome === 'passed').length,
      others: Object.fromEntries(Object.entries(outcomes).filter(([, { outcome }]) => outcome !== 'passed')),
    }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
