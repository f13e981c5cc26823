import type { Command } from 'commander'
import { GlyphlabError, type Prediction } from '../../contract/index.ts'
import type { EngineClient } from '../engine-client.ts'
import { addModelAliasVerbs } from './models-aliases.ts'
import { addModelCardVerbs } from './models-cards.ts'
import { addModelTransferVerbs, printVersion } from './models-transfer.ts'
import { type Output, table } from './output.ts'
import { printRowPredictions } from './predict-rows.ts'
import { decimal, integer, pathSource, verb } from './verb.ts'

interface PredictOptions {
  example?: boolean
  csv?: boolean
  beams?: number
  language?: string
  languageWeight?: number
}

/** Undefined where nothing of beam search was asked for. */
function decodingOf({ beams, language, languageWeight }: PredictOptions) {
  if (beams === undefined && language === undefined && languageWeight === undefined) return undefined
  return {
    ...(beams === undefined ? {} : { beams }),
    ...(language === undefined ? {} : { language: pathSource(language) }),
    ...(languageWeight === undefined ? {} : { languageWeight }),
  }
}

function printPrediction(output: Output, file: string, prediction: Prediction): void {
  const { label, text, probabilities, error, durationMs } = prediction
  if (error) output.line({ file, error }, () => `${file}: ${error.message}`)
  else if (text !== null) output.line({ file, text, durationMs }, () => `${file}: ${text}`)
  else
    output.line(
      { file, label, probabilities, durationMs },
      () =>
        `${file}: ${label} (${((probabilities.find((each) => each.label === label)?.probability ?? 0) * 100).toFixed(1)} %)`,
    )
}

/** What the version says of its own input example. */
async function printExample(client: EngineClient, output: Output, reference: string): Promise<boolean> {
  const answer = await client.call('models.tryExample', { reference })
  if (answer.kind === 'picture') {
    printPrediction(output, answer.prediction.file, answer.prediction)
    return answer.prediction.error === null
  }
  for (const [index, prediction] of answer.predictions.entries()) {
    const row = answer.rows[index]
    output.line(
      { row, ...prediction },
      () => `${JSON.stringify(row)}: ${prediction.label ?? prediction.value}`,
    )
  }
  return true
}

interface RegisterFlags {
  name: string
  alias?: string
  override?: string
}

export function addModelVerbs(program: Command): void {
  const models = program.command('models').description('register models and use them')
  verb(
    models
      .command('register')
      .description("register a run's model as a new version")
      .argument('<run>', 'its id, or how it begins')
      .requiredOption('--name <name>', 'the registered model')
      .option('--alias <alias>', 'point this alias at it')
      .option('--override <reason>', 'in spite of the gates of the alias; signed and recorded'),
    async (client, output, runId: string, { name, alias, override }: RegisterFlags) => {
      const version = await client.call('models.register', {
        runId,
        name,
        ...(alias !== undefined && { alias }),
        ...(override !== undefined && { override }),
      })
      printVersion(output, version)
    },
  )
  addModelTransferVerbs(models)
  addModelAliasVerbs(models)
  addModelCardVerbs(models)
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
      .command('versions')
      .description('the versions of a model, the newest first, and whether one is damaged')
      .argument('<model>', 'name'),
    async (client, output, model: string) => {
      const all = await client.call('models.versions', { model })
      if (output.json) for (const version of all) output.line(version, () => '')
      else
        output.line(null, () =>
          table([
            ['VERSION', 'STATUS', 'ALIASES', 'REGISTERED', 'FROM'],
            ...all.map(({ version, status, aliases, createdAt, runName, importedFrom }) => [
              String(version),
              status,
              aliases.join(' '),
              new Date(createdAt).toISOString(),
              runName ?? importedFrom ?? '',
            ]),
          ]),
        )
    },
  )
  verb(
    models
      .command('verify')
      .description(
        'read every file of a version and compare it with its digest (exit code 1 when one differs)',
      )
      .argument('<model>', 'name@alias, name/version or name'),
    async (client, output, reference: string) => {
      const version = await client.call('models.verify', { reference })
      const bytes = version.files.reduce((sum, file) => sum + file.bytes, 0)
      output.line(version, () =>
        version.status === 'ready'
          ? `${version.model}/${version.version}: ${version.files.length} files (${Number((bytes / 1e6).toPrecision(3))} MB) are what was registered.`
          : `${version.model}/${version.version} is damaged: ${version.statusMessage}`,
      )
      return version.status === 'ready'
    },
  )
  verb(
    models
      .command('predict')
      .description('classify pictures, read pictures of lines, or predict the rows of tables')
      .argument('<model>', 'name@alias, name/version or name')
      .argument('[file...]')
      .option('--example', "predict the version's own input example")
      .option('--csv', 'of tables: print CSV')
      .option('--beams <n>', 'of lines: beam search that follows so many texts at once', integer)
      .option('--language <file>', 'of lines: a UTF-8 text from which beam search learns the language')
      .option('--language-weight <n>', 'how much it weighs beside the picture; 0.3', decimal),
    async (client, output, reference: string, files: string[], given: PredictOptions) => {
      const { csv, example } = given
      if ((example === true) !== (files.length === 0))
        throw new GlyphlabError(
          'INVALID_INPUT',
          'Give files to predict, or --example for the input example of the version.',
        )
      if (example) return printExample(client, output, reference)
      const { preprocessing } = await client.call('models.get', { reference })
      if ('columns' in preprocessing) {
        await printRowPredictions(client, output, reference, files, csv === true)
        return true
      }
      const decoding = decodingOf(given)
      const predictions = await client.call('models.predict', {
        reference,
        files: files.map(pathSource),
        ...(decoding && { decoding }),
      })
      for (const [index, prediction] of predictions.entries())
        printPrediction(output, files[index] ?? '', prediction)
      return predictions.every(({ error }) => error === null)
    },
  )
}
