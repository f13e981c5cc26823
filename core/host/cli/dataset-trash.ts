import type { Command } from 'commander'
import { GlyphlabError } from '../../contract/index.ts'
import type { EngineClient } from '../engine-client.ts'
import { table } from './output.ts'
import { verb } from './verb.ts'

/** By its name or its id; of several of one name the one that was deleted last. @throws GlyphlabError NOT_FOUND */
async function findDeleted(client: EngineClient, wanted: string) {
  const all = await client.call('datasets.deleted', {})
  const found = all.find(({ id }) => id === wanted) ?? all.find(({ name }) => name === wanted)
  if (found) return found
  throw new GlyphlabError(
    'NOT_FOUND',
    `"${wanted}" is not among the deleted datasets. See them with: glyphlab datasets deleted`,
  )
}

const day = (at: number): string => new Date(at).toISOString().slice(0, 10)
const deletedHelp = 'a deleted dataset, by its name or id'

/** Adds `delete`, `deleted`, `restore` and `purge` to the noun `datasets`. */
export function addDatasetTrashVerbs(datasets: Command): void {
  verb(
    datasets
      .command('delete')
      .description('put a dataset into the trash, for 30 days')
      .argument('<name>', 'the name of the dataset'),
    async (client, output, name: string) => {
      const { datasetId } = await client.call('datasets.version', { name })
      await client.call('datasets.delete', { datasetId })
      output.line(
        { datasetId, name },
        () => `"${name}" is in the trash. Take it out with: glyphlab datasets restore ${datasetId}`,
      )
    },
  )
  verb(datasets.command('deleted').description('the datasets in the trash'), async (client, output) => {
    const all = await client.call('datasets.deleted', {})
    if (output.json) for (const dataset of all) output.line(dataset, () => '')
    else
      output.line(null, () =>
        table([
          ['NAME', 'ID', 'PICTURES', 'VERSIONS', 'DELETED', 'KEPT UNTIL'],
          ...all.map(({ name, id, sampleCount, versionCount, deletedAt, keptUntil }) => [
            name,
            id,
            String(sampleCount),
            String(versionCount),
            day(deletedAt),
            day(keptUntil),
          ]),
        ]),
      )
  })
  verb(
    datasets
      .command('restore')
      .description('take a dataset out of the trash')
      .argument('<dataset>', deletedHelp)
      .option('--name <name>', 'a new name, where another dataset has its own by now'),
    async (client, output, wanted: string, { name }: { name?: string }) => {
      const { id: datasetId, ...found } = await findDeleted(client, wanted)
      await client.call('datasets.restore', { datasetId, ...(name === undefined ? {} : { name }) })
      output.line({ datasetId, name: name ?? found.name }, () => `"${name ?? found.name}" is back.`)
    },
  )
  verb(
    datasets
      .command('purge')
      .description('remove a dataset from the trash for good; without --yes, say only what that would free')
      .argument('<dataset>', deletedHelp)
      .option('--yes', 'do it'),
    async (client, output, wanted: string, { yes }: { yes?: boolean }) => {
      const { id: datasetId, name } = await findDeleted(client, wanted)
      if (yes) {
        const { freedBytes } = await client.call('datasets.purge', { datasetId })
        output.line({ datasetId, name, freedBytes }, () => `"${name}" is purged; ${freedBytes} bytes freed.`)
        return
      }
      const { bytes } = await client.call('datasets.purgeable', { datasetId })
      output.line(
        { datasetId, name, wouldFreeBytes: bytes },
        () => `Purging "${name}" would free ${bytes} bytes and can't be taken back. Do it with --yes.`,
      )
    },
  )
}
