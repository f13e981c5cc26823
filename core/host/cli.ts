#!/usr/bin/env node
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import pino from 'pino'
import { backendId, type FileSource, GlyphlabError, type Page, type Run } from '../contract/index.ts'
import { storageError } from '../domain/disk-full.ts'
import { createOutput, followJob, type Output, table } from './cli-output.ts'
import { openEngine } from './engine.ts'
import { connectEngine, type EngineClient } from './engine-client.ts'
import { resolveHome, socketPath } from './home.ts'
import { createHttpApp } from './http.ts'
import { listen } from './listen.ts'
import { engineVersion, rendererDirectory } from './resources.ts'

const exitFailed = 1
const exitUsage = 2
const defaultPort = 4870

const program = new Command('glyphlab')
  .description('An offline-first bench for machine-learning experiments on images and text.')
  .version(engineVersion)
  .option('--home <folder>', 'the data folder (or $GLYPHLAB_HOME)')
  .option('--json', 'print JSON lines on stdout')
  .option('--verbose', 'log on stderr what the engine does')
  .exitOverride()
  .configureHelp({ showGlobalOptions: true })

interface GlobalOptions {
  home?: string
  json?: boolean
  verbose?: boolean
}

const log = (verbose: boolean | undefined) => pino({ level: verbose ? 'debug' : 'warn' }, pino.destination(2))
const pathSource = (file: string): FileSource => ({ kind: 'path', path: path.resolve(file) })

function integer(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number is needed.')
  return Number(text)
}

function decimal(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('a number is needed.')
  return value
}

/** Wraps a verb: connects, runs it, closes. The verb returns false when something failed that it has printed itself. */
function verb<A extends unknown[]>(
  command: Command,
  run: (client: EngineClient, output: Output, ...args: A) => Promise<unknown>,
): void {
  // `--json` and `--home` may stand before or after the verb.
  command
    .option('--json', 'print JSON lines on stdout')
    .option('--home <folder>', 'the data folder (or $GLYPHLAB_HOME)')
  command.action(async (...args: unknown[]) => {
    const options = command.optsWithGlobals<GlobalOptions>()
    const output = createOutput(options.json === true)
    const client = await connectEngine(resolveHome(options.home), log(options.verbose))
    try {
      if ((await run(client, output, ...(args.slice(0, -1) as A))) === false) process.exitCode = exitFailed
    } finally {
      await client.close()
    }
  })
}

function printPage(output: Output, file: string, page: Page): void {
  if (page.error) {
    const { error } = page
    output.line({ file, error }, () => `${file}: ${error.message}`)
    return
  }
  const words = page.words.map(({ text, confidence, box, line, block }) => ({
    text,
    confidence,
    box,
    line,
    block,
  }))
  const value = {
    file,
    text: page.text,
    confidence: page.confidence,
    words,
    width: page.width,
    height: page.height,
    engine: page.engine,
    warnings: page.warnings,
    durationMs: page.durationMs,
  }
  output.line(value, () =>
    [
      `== ${file}${page.confidence === null ? '' : ` (confidence ${Math.round(page.confidence * 100)} %)`}`,
      ...page.warnings.map((warning) => `   ${warning}`),
      page.text,
    ].join('\n'),
  )
}

verb(
  program.command('ocr').description('read the text of pictures').argument('<file...>'),
  async (client, output, files: string[]) => {
    const { jobId, pageIds } = await client.call('pages.read', { files: files.map(pathSource) })
    let printed = 0
    let failed = false
    const printReady = async () => {
      for (let pageId = pageIds[printed]; pageId; pageId = pageIds[printed]) {
        const page = await client.call('pages.get', { pageId })
        if (page.status === 'waiting') return
        printPage(output, files[printed] ?? page.name, page)
        failed ||= page.status === 'failed'
        printed += 1
      }
    }
    await followJob(client, jobId, output, printReady)
    await printReady()
    return !failed
  },
)

const datasets = program.command('datasets').description('import and look at datasets')
verb(
  datasets
    .command('import')
    .description('import a folder with a folder for each class, or IDX files')
    .argument('<path>')
    .requiredOption('--name <name>', 'the dataset; a known name gets a new version')
    .option('--seed <seed>', 'seed of the split', integer, 42),
  async (client, output, source: string, { name, seed }: { name: string; seed: number }) => {
    const { jobId } = await client.call('datasets.import', { source: pathSource(source), name, seed })
    const job = await followJob(client, jobId, output)
    const version = await client.call('datasets.version', {
      versionId: String(job.result?.['datasetVersionId']),
    })
    output.line(version, () => {
      const { report } = version
      return [
        `${version.datasetName} v${version.number}: ${version.sampleCount} pictures, ${version.labels.length} classes, digest ${version.digest}`,
        ...report.refused.map(({ path: file, reason }) => `refused  ${file}: ${reason}`),
        ...report.warnings.map((warning) => `note     ${warning}`),
        `${report.refused.length} of ${report.scanned} files refused, ${report.ignored.length} ignored, ${report.duplicates.length} duplicates; ${(report.durationMs / 1000).toFixed(1)} s`,
      ].join('\n')
    })
  },
)
verb(datasets.command('list').description('the datasets'), async (client, output) => {
  const all = await client.call('datasets.list', {})
  if (!output.json)
    output.line(null, () =>
      table([
        ['NAME', 'VERSION', 'PICTURES', 'CLASSES', 'DIGEST'],
        ...all.map(({ name, latest }) => [
          name,
          String(latest?.number),
          String(latest?.sampleCount),
          String(latest?.labelCount),
          latest?.digest.slice(0, 12) ?? '',
        ]),
      ]),
    )
  else for (const dataset of all) output.line(dataset, () => '')
})
verb(
  datasets.command('show').description('the newest version of a dataset').argument('<name>'),
  async (client, output, name: string) => {
    const version = await client.call('datasets.version', { name })
    output.line(version, () =>
      [
        `${version.datasetName} v${version.number}: ${version.sampleCount} pictures, digest ${version.digest}`,
        table([
          ['CLASS', 'TRAIN', 'VALIDATION', 'TEST'],
          ...version.labels.map(({ label, counts }) => [
            label,
            String(counts.train),
            String(counts.validation),
            String(counts.test),
          ]),
        ]),
        ...version.report.refused.map(({ path: file, reason }) => `refused  ${file}: ${reason}`),
        ...version.report.warnings.map((warning) => `note     ${warning}`),
      ].join('\n'),
    )
  },
)

const shownMetrics = (run: Run) =>
  Object.fromEntries(Object.entries(run.metrics).map(([key, { value }]) => [key, value]))
const metricText = (value: number | undefined) =>
  value === undefined ? '' : Number.isFinite(value) ? value.toPrecision(4) : String(value)

interface TrainOptions {
  dataset: string
  preset: string
  epochs?: number
  batch?: number
  learningRate?: number
  imageSize?: number
  seed?: number
  backend: 'auto' | 'wasm' | 'tensorflow' | 'tensorflow-gpu'
  runName?: string
}

verb(
  program
    .command('train')
    .description('train a classifier')
    .requiredOption('--dataset <name>', 'the dataset (its newest version)')
    .option('--preset <id>', 'what to train', 'cnn-small')
    .option('--epochs <n>', 'passes over the training pictures', integer)
    .option('--batch <n>', 'pictures a step', integer)
    .option('--learning-rate <rate>', 'of the optimiser', decimal)
    .option('--image-size <px>', 'side that pictures are scaled to; 0 chooses', integer)
    .option('--seed <seed>', 'of initialisation and order', integer)
    .addOption(
      new Option('--backend <id>', 'where it computes')
        .choices(['auto', ...backendId.options])
        .default('auto'),
    )
    .option('--run-name <name>', 'name of the run'),
  async (client, output, given: TrainOptions) => {
    const version = await client.call('datasets.version', { name: given.dataset })
    const options = Object.fromEntries(
      Object.entries({
        epochs: given.epochs,
        batchSize: given.batch,
        learningRate: given.learningRate,
        imageSize: given.imageSize,
        seed: given.seed,
      }).filter(([, value]) => value !== undefined),
    )
    const naming = given.runName === undefined ? {} : { runName: given.runName }
    const { jobId, runId } = await client.call('training.start', {
      datasetVersionId: version.id,
      preset: given.preset,
      backend: given.backend,
      options,
      ...naming,
    })
    const job = await followJob(client, jobId, output)
    const run = await client.call('runs.get', { runId })
    const { backend, seconds } = job.result ?? {}
    output.line({ run: runId, status: run.status, metrics: shownMetrics(run), backend, seconds }, () =>
      [
        `run ${runId} ${run.status} on ${backend} in ${Number(seconds).toFixed(1)} s`,
        table(Object.entries(run.metrics).map(([key, { value }]) => [key, metricText(value)])),
      ].join('\n'),
    )
  },
)

const runs = program.command('runs').description('look at runs')
verb(
  runs.command('list').description('the runs, newest first').option('--limit <n>', 'how many', integer, 200),
  async (client, output, { limit }: { limit: number }) => {
    const { items } = await client.call('runs.list', { limit })
    if (output.json) for (const run of items) output.line(run, () => '')
    else
      output.line(null, () =>
        table([
          ['RUN', 'NAME', 'STATUS', 'TEST ACCURACY'],
          ...items.map((run) => [
            run.id.slice(0, 12),
            run.name,
            run.status,
            metricText(run.metrics['test_accuracy']?.value),
          ]),
        ]),
      )
  },
)
verb(
  runs.command('show').description('one run').argument('<run>', 'its id, or how it begins'),
  async (client, output, runId: string) => {
    const run = await client.call('runs.get', { runId })
    output.line(run, () => {
      const pairs = (entries: Record<string, string>) => table(Object.entries(entries))
      return [
        `${run.name} (${run.id}) ${run.status}`,
        '',
        pairs(run.params),
        '',
        table(Object.entries(run.metrics).map(([key, metric]) => [key, metricText(metric.value)])),
        '',
        pairs(run.tags),
      ].join('\n')
    })
  },
)
verb(
  runs
    .command('compare')
    .description('what differs between runs')
    .argument('<run...>', 'ids, or how they begin'),
  async (client, output, ids: string[]) => {
    const all = await Promise.all(ids.map((runId) => client.call('runs.get', { runId })))
    const differing = (read: (run: Run) => Record<string, string | number>) =>
      Object.fromEntries(
        [...new Set(all.flatMap((run) => Object.keys(read(run))))]
          .sort()
          .map((key): [string, (string | number | null)[]] => [key, all.map((run) => read(run)[key] ?? null)])
          .filter(([, values]) => new Set(values).size > 1 || all.length === 1),
      )
    const comparison = {
      runs: all.map(({ id, name, status }) => ({ id, name, status })),
      params: differing(({ params }) => params),
      metrics: differing(shownMetrics),
    }
    output.line(comparison, () =>
      table([
        ['', ...all.map(({ name }) => name)],
        ...Object.entries({ ...comparison.params, ...comparison.metrics }).map(([key, values]) => [
          key,
          ...values.map((value) => (typeof value === 'number' ? metricText(value) : (value ?? ''))),
        ]),
      ]),
    )
  },
)

const models = program.command('models').description('register models and use them')
verb(
  models
    .command('register')
    .description("register a run's model as a new version")
    .argument('<run>', 'its id, or how it begins')
    .requiredOption('--name <name>', 'the registered model')
    .option('--alias <alias>', 'point this alias at it'),
  async (client, output, runId: string, { name, alias }: { name: string; alias?: string }) => {
    const version = await client.call(
      'models.register',
      alias === undefined ? { runId, name } : { runId, name, alias },
    )
    output.line(
      version,
      () =>
        `${version.model}/${version.version}${version.aliases.map((each) => ` @${each}`).join('')} digest ${version.digest}`,
    )
  },
)
verb(models.command('list').description('the registered models'), async (client, output) => {
  const all = await client.call('models.list', {})
  if (output.json) for (const model of all) output.line(model, () => '')
  else
    output.line(null, () =>
      table([
        ['MODEL', 'VERSIONS', 'ALIASES'],
        ...all.map((model) => [
          model.name,
          String(model.versionCount),
          Object.entries(model.aliases)
            .map(([alias, version]) => `${alias}=${version}`)
            .join(' '),
        ]),
      ]),
    )
})
verb(
  models
    .command('predict')
    .description('classify pictures')
    .argument('<model>', 'name@alias, name/version or name')
    .argument('<file...>'),
  async (client, output, reference: string, files: string[]) => {
    const predictions = await client.call('models.predict', { reference, files: files.map(pathSource) })
    for (const [index, { label, probabilities, error, durationMs }] of predictions.entries()) {
      const file = files[index] ?? ''
      if (error) output.line({ file, error }, () => `${file}: ${error.message}`)
      else
        output.line(
          { file, label, probabilities, durationMs },
          () =>
            `${file}: ${label} (${((probabilities.find((each) => each.label === label)?.probability ?? 0) * 100).toFixed(1)} %)`,
        )
    }
    return predictions.every(({ error }) => error === null)
  },
)

verb(
  program
    .command('deploy')
    .description('write deploy bundles')
    .command('export')
    .description('write a bundle that serves a model, or the OCR engine (`ocr`)')
    .argument('<model>', 'name@alias, name/version, name, or ocr')
    .option('--target <target>', 'kind of bundle', 'docker')
    .requiredOption('--out <folder>', 'a new or empty folder'),
  async (client, output, reference: string, { target, out }: { target: string; out: string }) => {
    const { jobId } = await client.call('deploy.export', { reference, target, directory: path.resolve(out) })
    const { result } = await followJob(client, jobId, output)
    output.line(
      result,
      () => `Bundle written to ${result?.['directory']}. Its README.md says how to build and run it.`,
    )
  },
)

program
  .command('serve')
  .description('serve the app to a browser on this machine')
  .option('--home <folder>', 'the data folder (or $GLYPHLAB_HOME)')
  .option('--json', 'print JSON lines on stdout')
  .option('--port <port>', 'on 127.0.0.1; 0 takes a free one', integer)
  .action(async (_: unknown, command: Command) => {
    const options = command.optsWithGlobals<GlobalOptions & { port?: number }>()
    const home = resolveHome(options.home)
    const engine = await openEngine(home, log(options.verbose))
    const token = randomBytes(24).toString('base64url')
    const own = await listen(createHttpApp(engine), { socket: socketPath(home) })
    const app = createHttpApp(engine, { token, rendererDirectory })
    const browser = await listen(app, { port: options.port ?? defaultPort }).catch(
      (cause: NodeJS.ErrnoException) => {
        if (cause.code !== 'EADDRINUSE') throw cause
        if (options.port !== undefined)
          throw new GlyphlabError('CONFLICT', `Port ${options.port} is in use. Choose another with --port.`)
        return listen(app, { port: 0 })
      },
    )
    const url = `http://127.0.0.1:${browser.port}/?token=${token}`
    createOutput(options.json === true).line(
      { url, pid: process.pid, home },
      () =>
        `Glyphlab is served at\n\n  ${url}\n\nOnly this machine can reach it. Data folder: ${home}. Ctrl-C ends it.`,
    )
    await new Promise<void>((resolve) => {
      process.once('SIGINT', resolve)
      process.once('SIGTERM', resolve)
    })
    await Promise.all([browser.close(), own.close()])
    await engine.close()
  })

function report(cause: unknown): number {
  const json = process.argv.includes('--json')
  if (cause instanceof CommanderError) return cause.exitCode === 0 ? 0 : exitUsage
  const known = storageError(cause)
  const error =
    known instanceof GlyphlabError
      ? known.toBody()
      : { code: 'INTERNAL', message: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) }
  if (json) process.stdout.write(`${JSON.stringify({ error })}\n`)
  process.stderr.write(`${error.message}\n`)
  return exitFailed
}

try {
  await program.parseAsync()
  process.exit(process.exitCode ?? 0)
} catch (cause) {
  process.exit(report(cause))
}
