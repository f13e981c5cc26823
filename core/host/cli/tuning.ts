import { type Command, InvalidArgumentError, Option } from 'commander'
import {
  type BackendId,
  backendId,
  GlyphlabError,
  type ParameterRange,
  type Study,
  type Trial,
} from '../../contract/index.ts'
import type { EngineClient } from '../engine-client.ts'
import { metricText } from './metrics.ts'
import { followJob, type Output, table } from './output.ts'
import { optionValues } from './train.ts'
import { decimal, integer, verb } from './verb.ts'
import { findVersion, referenceHelp } from './version-reference.ts'

interface StartOptions {
  dataset: string
  split?: string
  preset?: string
  search: Record<string, ParameterRange>
  option?: string[]
  backend: 'auto' | BackendId
  name?: string
  sampler: string
  pruner: string
  objective: string
  direction: 'minimize' | 'maximize'
  trials: number
  parallel: number
  seed: number
}

const rangeHelp =
  'an option and where to look: learningRate=log:0.0001..0.1, batchSize=16..128, dropout=0.0..0.5, optimizer=sgd,adam'

/** `key=low..high` (whole numbers: integers), `key=log:low..high`, or `key=a,b,c`. */
export function parseRange(text: string): [string, ParameterRange] {
  const [, key, rest] = /^([A-Za-z]+)=(.+)$/.exec(text) ?? []
  if (key === undefined || rest === undefined)
    throw new InvalidArgumentError(`it should look like: ${rangeHelp}`)
  const [, log, low, high] = /^(log:)?(-?[\d.e-]+?)\.\.(-?[\d.e-]+)$/i.exec(rest) ?? []
  if (low === undefined || high === undefined) {
    const choices = Object.values(optionValues(rest.split(',').map((value, index) => `${index}=${value}`)))
    if (choices.length < 2)
      throw new InvalidArgumentError(`"${key}" needs two choices or more, or low..high.`)
    return [key, { kind: 'choice', choices }]
  }
  const whole = /^-?\d+$/.test(low) && /^-?\d+$/.test(high)
  return [
    key,
    { kind: whole ? 'integer' : 'float', low: decimal(low), high: decimal(high), log: log !== undefined },
  ]
}

const collectRange = (text: string, found: Record<string, ParameterRange> = {}) => {
  const [key, range] = parseRange(text)
  return { ...found, [key]: range }
}

export function addTuningVerbs(program: Command): void {
  const tuning = program.command('tuning').description('search for better options of a training')
  verb(
    tuning
      .command('start')
      .description('start a study and follow it to its end')
      .requiredOption('--dataset <version>', referenceHelp)
      .requiredOption('--search <key=range>', `${rangeHelp}; may be given more than once`, collectRange)
      .option('--split <name>', "a named split; the version's own when left out")
      .option(
        '--preset <id>',
        'what to train (what fits the dataset when left out); --search preset=a,b searches among presets',
      )
      .option('--option <key=value...>', 'an option that all trials have')
      .addOption(
        new Option('--backend <id>', 'where it computes')
          .choices(['auto', ...backendId.options])
          .default('auto'),
      )
      .option('--name <name>', 'of the study')
      .option('--sampler <id>', 'tpe, random or grid', 'tpe')
      .option('--pruner <id>', 'median, asha or none', 'median')
      .option('--objective <metric>', 'metric that each epoch logs', 'validation_loss')
      .addOption(
        new Option('--direction <which>', 'whether less or more is better')
          .choices(['minimize', 'maximize'])
          .default('minimize'),
      )
      .option('--trials <n>', 'at most so many', integer, 30)
      .option('--parallel <n>', 'side by side', integer, 1)
      .option('--seed <seed>', "of the sampler; the trainings' own is an option", integer, 0),
    async (client, output, given: StartOptions) => {
      const version = await findVersion(client, given.dataset)
      const { search, option, dataset: _, name, split, preset, ...rest } = given
      const study = await client.call('tuning.start', {
        ...rest,
        datasetVersionId: version.id,
        space: search,
        folder: process.cwd(),
        options: optionValues(option ?? []),
        ...(name === undefined ? {} : { name }),
        ...(split === undefined ? {} : { split }),
        ...(preset === undefined ? {} : { preset }),
      })
      await followStudy(client, output, study)
    },
  )
  verb(tuning.command('list').description('the studies, newest first'), async (client, output) => {
    const studies = await client.call('tuning.list', {})
    if (output.json) for (const study of studies) output.line(study, () => '')
    else
      output.line(null, () =>
        table([
          ['STUDY', 'NAME', 'STATUS', 'TRIALS', 'BEST'],
          ...studies.map((study) => [
            study.id.slice(0, 8),
            study.name,
            study.status,
            `${endedOf(study)} of ${study.trials}`,
            study.best === null ? '' : metricText(study.best.value ?? undefined),
          ]),
        ]),
      )
  })
  verb(
    tuning
      .command('show')
      .description('a study and its trials')
      .argument('<study>', 'its id, or how it begins'),
    async (client, output, given: string) => showStudy(client, output, await findStudy(client, given)),
  )
  verb(
    tuning
      .command('pause')
      .description('let the running trials end and begin no new ones')
      .argument('<study>', 'its id, or how it begins'),
    async (client, output, given: string) => {
      const { id } = await findStudy(client, given)
      const study = await client.call('tuning.pause', { studyId: id })
      output.line(study, () => `${study.name}: pausing after ${study.counts.running} running trials`)
    },
  )
  verb(
    tuning
      .command('resume')
      .description('go on with a study and follow it to its end')
      .argument('<study>', 'its id, or how it begins')
      .option('--trials <n>', 'a new limit', integer),
    async (client, output, given: string, { trials }: { trials?: number }) => {
      const { id } = await findStudy(client, given)
      const more = trials === undefined ? {} : { trials }
      await followStudy(client, output, await client.call('tuning.resume', { studyId: id, ...more }))
    },
  )
  verb(
    tuning
      .command('stop')
      .description('end a study now; running trials keep what they have')
      .argument('<study>', 'its id, or how it begins'),
    async (client, output, given: string) => {
      const { id } = await findStudy(client, given)
      const study = await client.call('tuning.stop', { studyId: id })
      output.line(study, () => `${study.name}: stopping`)
    },
  )
}

const endedOf = ({ counts }: Study): number => counts.complete + counts.pruned + counts.failed

async function findStudy(client: EngineClient, given: string): Promise<Study> {
  const found = (await client.call('tuning.list', {})).filter(
    ({ id, name }) => id.startsWith(given) || name === given,
  )
  const [study, ...others] = found
  if (study && others.length === 0) return study
  throw new GlyphlabError(
    'NOT_FOUND',
    study ? `"${given}" stands for ${found.length} studies.` : `There is no study "${given}".`,
  )
}

async function followStudy(client: EngineClient, output: Output, { id, jobId }: Study): Promise<void> {
  await followJob(client, jobId, output)
  const { study } = await client.call('tuning.get', { studyId: id })
  await showStudy(client, output, study)
}

async function showStudy(client: EngineClient, output: Output, { id }: Study): Promise<void> {
  const answer = await client.call('tuning.get', { studyId: id })
  const { study, trials, importances } = answer
  const keys = Object.keys(study.space)
  const row = ({ number, status, value, epochs, parameters, runId }: Trial): string[] => [
    String(number),
    status,
    value === null ? '' : metricText(value),
    String(epochs),
    ...keys.map((key) => {
      const chosen = parameters[key] ?? ''
      return typeof chosen === 'number' ? metricText(chosen) : String(chosen)
    }),
    runId.slice(0, 12),
  ]
  output.line(answer, () =>
    [
      `${study.name} (${study.id}) ${study.status}, ${study.direction} ${study.objective}`,
      '',
      table([
        ['TRIAL', 'STATUS', 'VALUE', 'EPOCHS', ...keys.map((key) => key.toUpperCase()), 'RUN'],
        ...trials.map(row),
      ]),
      ...(study.best === null ? [] : ['', `best: trial ${study.best.number}, run ${study.best.runId}`]),
      ...(importances.length === 0
        ? []
        : [
            '',
            table(importances.map(({ name, importance }) => [name, `${Math.round(importance * 100)} %`])),
          ]),
    ].join('\n'),
  )
}
