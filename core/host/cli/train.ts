import { type Command, Option } from 'commander'
import { type BackendId, backendId } from '../../contract/index.ts'
import { metricText, shownMetrics } from './metrics.ts'
import { followJob, table } from './output.ts'
import { decimal, integer, verb } from './verb.ts'
import { findVersion, referenceHelp } from './version-reference.ts'

interface TrainOptions {
  dataset: string
  split?: string
  preset?: string
  epochs?: number
  batch?: number
  learningRate?: number
  imageSize?: number
  seed?: number
  option?: string[]
  backend: 'auto' | BackendId
  runName?: string
}

export function addTrainVerb(program: Command): void {
  verb(
    program
      .command('train')
      .description(
        'train a classifier, a recogniser of lines (--preset line-recogniser), or a network for tables (mlp-classifier, mlp-regressor)',
      )
      .requiredOption('--dataset <version>', referenceHelp)
      .option('--split <name>', "a named split; the version's own when left out")
      .option('--preset <id>', 'what to train; what fits the dataset when left out')
      .option('--epochs <n>', 'passes over the training pictures', integer)
      .option('--batch <n>', 'pictures a step', integer)
      .option('--learning-rate <rate>', 'of the optimiser', decimal)
      .option('--image-size <px>', 'side that pictures are scaled to; 0 chooses', integer)
      .option('--seed <seed>', 'of initialisation and order', integer)
      .option('--option <key=value...>', 'any other option of the preset, as its form names it')
      .addOption(
        new Option('--backend <id>', 'where it computes')
          .choices(['auto', ...backendId.options])
          .default('auto'),
      )
      .option('--run-name <name>', 'name of the run'),
    async (client, output, given: TrainOptions) => {
      const version = await findVersion(client, given.dataset)
      const options = Object.fromEntries(
        Object.entries({
          epochs: given.epochs,
          batchSize: given.batch,
          learningRate: given.learningRate,
          imageSize: given.imageSize,
          seed: given.seed,
          ...optionValues(given.option ?? []),
        }).filter(([, value]) => value !== undefined),
      )
      const naming = given.runName === undefined ? {} : { runName: given.runName }
      const division = given.split === undefined ? {} : { split: given.split }
      const { jobId, runId } = await client.call('training.start', {
        datasetVersionId: version.id,
        ...(given.preset === undefined ? {} : { preset: given.preset }),
        backend: given.backend,
        folder: process.cwd(),
        options,
        ...division,
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
}

/** `dropout=0.2` and `flipHorizontal=true` as values; the engine checks them. */
export function optionValues(pairs: string[]): Record<string, string | number | boolean> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [key = '', text = ''] = pair.split('=')
      if (text === 'true' || text === 'false') return [key, text === 'true']
      return [key, text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text)]
    }),
  )
}
