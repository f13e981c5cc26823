import { type Command, Option } from 'commander'
import { followJob } from './output.ts'
import { integer, verb } from './verb.ts'
import { findVersion, referenceHelp } from './version-reference.ts'

const modelHelp = 'a registered model: name@alias, name/3 or name'

/** Adds `map` and `predict` to the noun `datasets`. */
export function addDatasetMapVerbs(datasets: Command): void {
  verb(
    datasets
      .command('map')
      .description('lay the pictures of a version out in a plane by likeness (UMAP)')
      .argument('<name>', referenceHelp)
      .option('--model <reference>', `by how a model sees them: ${modelHelp}; left out, by their pixels`)
      .option('--run <run>', "the same by a run's model")
      .option('--seed <seed>', 'the same seed gives the same map', integer, 42)
      .option('--neighbours <count>', 'neighbours of a picture that stay near it', integer, 15),
    async (
      client,
      output,
      name: string,
      options: { model?: string; run?: string; seed: number; neighbours: number },
    ) => {
      const version = await findVersion(client, name)
      const { jobId } = await client.call('datasets.makeMap', {
        versionId: version.id,
        source:
          options.model !== undefined
            ? { kind: 'model', reference: options.model }
            : options.run !== undefined
              ? { kind: 'run', runId: options.run }
              : { kind: 'pixels' },
        seed: options.seed,
        neighbours: options.neighbours,
      })
      const { result } = await followJob(client, jobId, output)
      const maps = await client.call('datasets.maps', { versionId: version.id })
      const map = maps.find(({ id }) => id === result?.['mapId'])
      output.line(
        map,
        () =>
          `${version.datasetName} v${version.number}: ${map?.sampleCount} pictures mapped by ${map?.title}, seed ${map?.seed}; ${map?.laidOut} laid out, ${map?.seconds.toFixed(1)} s`,
      )
    },
  )
  verb(
    datasets
      .command('predict')
      .description('ask a model about every picture of a version')
      .argument('<name>', referenceHelp)
      .option('--model <reference>', modelHelp)
      .addOption(new Option('--run <run>', "a run's model").conflicts('model'))
      .hook('preAction', (command) => {
        const { model, run } = command.opts<{ model?: string; run?: string }>()
        if (model === undefined && run === undefined)
          command.error("error: option '--model <reference>' or '--run <run>' is needed: which model to ask")
      }),
    async (client, output, name: string, options: { model?: string; run?: string }) => {
      const version = await findVersion(client, name)
      const { jobId } = await client.call('datasets.predict', {
        versionId: version.id,
        source:
          options.run !== undefined
            ? { kind: 'run', runId: options.run }
            : { kind: 'model', reference: options.model ?? '' },
      })
      const { result } = await followJob(client, jobId, output)
      const predictions = await client.call('datasets.predictions', { versionId: version.id })
      const made = predictions.find(({ id }) => id === result?.['predictionId'])
      output.line(made, () => {
        if (!made) return ''
        const judged = made.right + made.wrong
        const share =
          judged === 0 ? 'no picture has a class' : `${((made.right / judged) * 100).toFixed(1)} %`
        const seen = made.seen === null ? 'unknown how many' : String(made.seen)
        return `${made.title} on ${version.datasetName} v${version.number}: ${made.right} right, ${made.wrong} wrong (${made.confidentWrong} confidently); ${share}; ${seen} of the pictures seen in training`
      })
    },
  )
}
