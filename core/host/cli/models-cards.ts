import { readFile } from 'node:fs/promises'
import { type Command, InvalidArgumentError } from 'commander'
import { GlyphlabError, type ModelLineage, type VersionFacts } from '../../contract/index.ts'
import { verb } from './verb.ts'

const referenceHelp = 'name@alias, name/version or name'

/** `name=value`, or `name` alone; several add up. */
function tagOf(text: string, tags: Record<string, string | null> = {}): Record<string, string | null> {
  const [key = '', ...value] = text.split('=')
  if (key.trim() === '') throw new InvalidArgumentError('write name=value.')
  return { ...tags, [key.trim()]: value.join('=') }
}

const removedTag = (
  key: string,
  tags: Record<string, string | null> = {},
): Record<string, string | null> => ({
  ...tags,
  [key]: null,
})

const factsText = ({ description, tags }: VersionFacts): string =>
  [
    description === '' ? 'No description.' : description,
    ...Object.entries(tags).map(([key, value]) => `  ${key} = ${value}`),
  ].join('\n')

const lineageText = ({ dataset, run, importedFrom, exports, deployments }: ModelLineage): string =>
  [
    ...(dataset
      ? [`dataset   ${dataset.label}${dataset.id === null ? ' (not in this data folder)' : ''}`]
      : []),
    ...(run ? [`run       ${run.name} (${run.id})`] : []),
    ...(importedFrom === null ? [] : [`imported  ${importedFrom}`]),
    ...exports.map(
      ({ kind, form, path, at }) => `${kind.padEnd(9)} ${form}  ${path}  ${new Date(at).toISOString()}`,
    ),
    ...deployments.map(
      ({ id, place, state, at }) => `serves    ${id}  ${place}, ${state}  ${new Date(at).toISOString()}`,
    ),
  ].join('\n')

/** `models card`, `describe` and `lineage`. */
export function addModelCardVerbs(models: Command): void {
  verb(
    models
      .command('card')
      .description('the model card of a version in Markdown: generated from the record, or as it was edited')
      .argument('<model>', referenceHelp)
      .option('--set <file>', 'keep this Markdown file as its card')
      .option('--generate', 'forget the edited card'),
    async (client, output, reference: string, { set, generate }: { set?: string; generate?: boolean }) => {
      if (set !== undefined) {
        const text = await readFile(set, 'utf8').catch((cause: NodeJS.ErrnoException) => {
          throw new GlyphlabError('NOT_FOUND', `${set} can't be read (${cause.code}). Check the path.`)
        })
        await client.call('models.setCard', { reference, text })
      } else if (generate) await client.call('models.setCard', { reference, text: null })
      const card = await client.call('models.card', { reference })
      output.line(card, () => card.text.trimEnd())
    },
  )
  verb(
    models
      .command('describe')
      .description('the description and the tags of a version')
      .argument('<model>', referenceHelp)
      .option('--description <words>', 'what it is for')
      .option('--tag <name=value>', 'set a tag; may be given several times', tagOf)
      .option('--untag <name>', 'remove a tag; may be given several times', removedTag),
    async (
      client,
      output,
      reference: string,
      {
        description,
        tag,
        untag,
      }: {
        description?: string
        tag?: Record<string, string | null>
        untag?: Record<string, string | null>
      },
    ) => {
      const facts =
        description === undefined && !tag && !untag
          ? await client.call('models.facts', { reference })
          : await client.call('models.setFacts', {
              reference,
              tags: { ...untag, ...tag },
              ...(description === undefined ? {} : { description }),
            })
      output.line(facts, () => factsText(facts))
    },
  )
  verb(
    models
      .command('lineage')
      .description(
        'the dataset and the run that a version comes from, where it was exported to, and what serves it here',
      )
      .argument('<model>', referenceHelp),
    async (client, output, reference: string) => {
      const lineage = await client.call('models.lineage', { reference })
      output.line(lineage, () => lineageText(lineage))
    },
  )
}
