import { readFile } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import {
  describeStep,
  GlyphlabError,
  type LineageVersion,
  type ProcedureInput,
  recipe,
  recipeSteps,
  sampleDifference,
  splitRule,
  type VersionDiff,
  type VersionLineage,
  type VersionSplit,
} from '../../contract/index.ts'
import type { EngineClient } from '../engine-client.ts'
import { followJob, type Output, table } from './output.ts'
import { decimal, integer, verb } from './verb.ts'
import { findVersion, referenceHelp } from './version-reference.ts'

const pageSize = 5_000

/** `{"steps": [...]}`, or the steps alone. @throws GlyphlabError INVALID_INPUT naming the file and the place */
async function readRecipe(file: string): Promise<ProcedureInput<'datasets.transform'>['steps']> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new GlyphlabError('NOT_FOUND', `${file} can't be read (${cause.code}). Check the path.`)
  })
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    throw new GlyphlabError(
      'INVALID_INPUT',
      `${file} is not JSON (${cause instanceof Error ? cause.message : cause}).`,
    )
  }
  const parsed = Array.isArray(value) ? recipeSteps.safeParse(value) : recipe.safeParse(value)
  if (parsed.success) return Array.isArray(parsed.data) ? parsed.data : parsed.data.steps
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new GlyphlabError('INVALID_INPUT', `${file} is no recipe: ${issues.slice(0, 5).join('; ')}`)
}

async function printMade(client: EngineClient, output: Output, jobId: string): Promise<void> {
  const job = await followJob(client, jobId, output)
  const version = await client.call('datasets.version', {
    versionId: String(job.result?.['datasetVersionId']),
  })
  output.line(version, () =>
    [
      `${version.datasetName} v${version.number}: ${version.sampleCount} pictures, ${version.labels.length} classes, digest ${version.digest}`,
      ...version.report.refused.map(({ path, reason }) => `refused  ${path}: ${reason}`),
      ...version.report.warnings.map((warning) => `note     ${warning}`),
    ].join('\n'),
  )
}

function differenceLine({ change, from, to }: VersionDiff['items'][number]): string {
  const label = (sample: typeof from) => sample?.label ?? ''
  if (!from || !to) return `${change}\t${(from ?? to)?.path}\t${label(from ?? to)}`
  const relabelled = label(from) === label(to) ? label(to) : `${label(from)} -> ${label(to)}`
  const path = from.path === to.path ? to.path : `${from.path} -> ${to.path}`
  return `${change}\t${path}\t${relabelled}`
}

function addDiff(datasets: Command): void {
  verb(
    datasets
      .command('diff')
      .description('what differs between two versions')
      .argument('<from>', referenceHelp)
      .argument('<to>', referenceHelp)
      .addOption(new Option('--change <kind>', 'only these').choices(sampleDifference.options)),
    async (
      client,
      output,
      a: string,
      b: string,
      { change }: { change?: VersionDiff['items'][number]['change'] },
    ) => {
      const [from, to] = [await findVersion(client, a), await findVersion(client, b)]
      const request = {
        fromVersionId: from.id,
        toVersionId: to.id,
        ...(change === undefined ? {} : { change }),
      }
      const first = await client.call('datasets.diff', { ...request, limit: pageSize })
      output.line({ counts: first.counts, unchanged: first.unchanged }, () =>
        [...Object.entries(first.counts), ['unchanged', first.unchanged]]
          .map(([kind, count]) => `${count} ${kind}`)
          .join(', '),
      )
      for (let page = first, offset = 0; page.items.length > 0; ) {
        for (const item of page.items) output.line(item, () => differenceLine(item))
        offset += page.items.length
        if (offset >= first.total) break
        page = await client.call('datasets.diff', { ...request, offset, limit: pageSize })
      }
    },
  )
}

interface MakeOptions {
  name?: string
  note?: string
}

const naming = ({ name, note }: MakeOptions) => ({
  ...(name === undefined ? {} : { name }),
  ...(note === undefined ? {} : { note }),
})

function addTransform(datasets: Command): void {
  verb(
    datasets
      .command('transform')
      .description('make a new version by a recipe')
      .argument('<version>', referenceHelp)
      .requiredOption('--recipe <file>', 'JSON: {"steps": [{"kind": "filter", ...}, ...]}')
      .option('--name <name>', 'the dataset it becomes a version of; the same when left out')
      .option('--note <text>', 'kept with the version')
      .option('--preview', 'only say what it would make'),
    async (
      client,
      output,
      reference: string,
      options: MakeOptions & { recipe: string; preview?: boolean },
    ) => {
      const version = await findVersion(client, reference)
      const steps = await readRecipe(options.recipe)
      if (!options.preview) {
        const { jobId } = await client.call('datasets.transform', {
          versionId: version.id,
          steps,
          ...naming(options),
        })
        return printMade(client, output, jobId)
      }
      const preview = await client.call('datasets.preview', { versionId: version.id, steps })
      output.line(preview, () =>
        [
          `${preview.exact ? '' : 'about '}${preview.sampleCount} pictures, ${preview.newPictures} of them made anew`,
          table([
            ['CLASS', 'TRAIN', 'VALIDATION', 'TEST'],
            ...preview.labels.map(({ label, counts }) => [
              label,
              String(counts.train),
              String(counts.validation),
              String(counts.test),
            ]),
          ]),
          ...preview.warnings.map((warning) => `note     ${warning}`),
        ].join('\n'),
      )
    },
  )
  verb(
    datasets
      .command('replay')
      .description('apply the recipe that made a version to another version')
      .argument('<version>', `made by a recipe: ${referenceHelp}`)
      .argument('<onto>', referenceHelp)
      .option('--name <name>', 'the dataset it becomes a version of; that of <onto> when left out')
      .option('--note <text>', 'kept with the version'),
    async (client, output, made: string, onto: string, options: MakeOptions) => {
      const [version, target] = [await findVersion(client, made), await findVersion(client, onto)]
      const { jobId } = await client.call('datasets.replay', {
        versionId: version.id,
        ontoVersionId: target.id,
        ...naming(options),
      })
      await printMade(client, output, jobId)
    },
  )
}

function printSplits(output: Output, splits: readonly VersionSplit[]): void {
  if (output.json) for (const split of splits) output.line(split, () => '')
  else
    output.line(null, () =>
      [
        table([
          ['SPLIT', 'KIND', 'TRAIN', 'VALIDATION', 'TEST'],
          ...splits.map(({ name, kind, counts }) => [
            name,
            kind,
            String(counts.train),
            String(counts.validation),
            String(counts.test),
          ]),
        ]),
        ...splits.flatMap(({ name, warnings }) => warnings.map((warning) => `note     ${name}: ${warning}`)),
      ].join('\n'),
    )
}

interface SplitOptions {
  kind?: string
  name?: string
  seed: number
  train?: number
  validation?: number
  test?: number
  folds?: number
  grouped?: boolean
  delete?: string
}

function ruleOf({ kind, seed, train, validation, test, folds, grouped }: SplitOptions) {
  const fractions =
    train === undefined && validation === undefined && test === undefined
      ? {}
      : { fractions: { train: train ?? 0, validation: validation ?? 0, test: test ?? 0 } }
  const share = validation === undefined ? {} : { validation }
  const count = folds === undefined ? {} : { folds }
  const parsed = splitRule.safeParse(
    kind === 'k-fold'
      ? { kind, seed, grouped: grouped === true, ...count, ...share }
      : { kind, seed, ...fractions },
  )
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new GlyphlabError('INVALID_INPUT', `The split can't be made so: ${issues.join('; ')}`)
}

function addSplit(datasets: Command): void {
  verb(
    datasets
      .command('split')
      .description('the named splits of a version; with --kind, adds one (k-fold: one a fold)')
      .argument('<version>', referenceHelp)
      .addOption(
        new Option('--kind <kind>', 'how to divide').choices(
          splitRule.options.map(({ shape }) => shape.kind.value),
        ),
      )
      .option('--name <name>', 'what to call it')
      .option('--seed <seed>', 'of the drawing', integer, 42)
      .option('--train <share>', '0 to 1', decimal)
      .option('--validation <share>', '0 to 1', decimal)
      .option('--test <share>', '0 to 1', decimal)
      .option('--folds <n>', 'of k-fold', integer)
      .option('--grouped', 'k-fold: no group in two folds')
      .option('--delete <name>', 'remove this split'),
    async (client, output, reference: string, options: SplitOptions) => {
      const { id: versionId } = await findVersion(client, reference)
      if (options.delete !== undefined)
        printSplits(output, await client.call('datasets.deleteSplit', { versionId, name: options.delete }))
      else if (options.kind === undefined)
        printSplits(output, await client.call('datasets.splits', { versionId }))
      else
        printSplits(
          output,
          await client.call('datasets.addSplit', {
            versionId,
            rule: ruleOf(options),
            ...(options.name === undefined ? {} : { name: options.name }),
          }),
        )
    },
  )
}

function addAnnotation(datasets: Command): void {
  verb(
    datasets
      .command('tag')
      .description('add tags to a version, or remove them')
      .argument('<version>', referenceHelp)
      .argument('<tag...>')
      .option('--remove', 'take these tags away'),
    async (client, output, reference: string, tags: string[], { remove }: { remove?: boolean }) => {
      const version = await findVersion(client, reference)
      const kept = version.tags.filter((tag) => !tags.includes(tag))
      const changed = await client.call('datasets.annotate', {
        versionId: version.id,
        tags: remove ? kept : [...kept, ...tags],
      })
      output.line(
        changed,
        () => `${changed.datasetName} v${changed.number}: ${changed.tags.join(', ') || 'no tags'}`,
      )
    },
  )
  verb(
    datasets
      .command('note')
      .description('set the note of a version')
      .argument('<version>', referenceHelp)
      .argument('<text>', 'an empty one removes it'),
    async (client, output, reference: string, note: string) => {
      const { id: versionId } = await findVersion(client, reference)
      const changed = await client.call('datasets.annotate', { versionId, note })
      output.line(changed, () => `${changed.datasetName} v${changed.number}: ${changed.note || 'no note'}`)
    },
  )
}

function versionLines(version: LineageVersion, lineage: VersionLineage): string[] {
  const titleOf = (id: string) => {
    const parent = lineage.versions.find((other) => other.id === id)
    return parent ? `${parent.datasetName} v${parent.number}` : `${id.slice(0, 8)} (deleted)`
  }
  const from =
    version.parents.length > 0
      ? version.parents.map(titleOf).join(' and ')
      : `${version.source.importer} of ${version.source.location}`
  const tags = version.tags.map((tag) => ` #${tag}`).join('')
  const runs = lineage.runs.filter(({ versionId }) => versionId === version.id)
  return [
    `${version.datasetName} v${version.number}  ${version.digest.slice(0, 12)}  ${version.sampleCount} pictures${tags}`,
    `  from ${from}`,
    ...version.steps.map((step) => `  - ${describeStep(step)}`),
    ...(version.note === '' ? [] : [`  note: ${version.note}`]),
    ...runs.flatMap((run) => [
      `  run ${run.id.slice(0, 12)} ${run.name} ${run.status}${run.split === null || run.split === 'default' ? '' : ` (split ${run.split})`}`,
      ...lineage.models
        .filter(({ runId }) => runId === run.id)
        .map(
          ({ model, version: number, aliases }) =>
            `    model ${model}/${number}${aliases.map((alias) => ` @${alias}`).join('')}`,
        ),
    ]),
  ]
}

function addLineage(datasets: Command): void {
  verb(
    datasets
      .command('lineage')
      .description('where a version comes from, and what was made of it')
      .argument('<version>', referenceHelp),
    async (client, output, reference: string) => {
      const { id: versionId } = await findVersion(client, reference)
      const lineage = await client.call('datasets.lineage', { versionId })
      output.line(lineage, () =>
        lineage.versions.flatMap((version) => versionLines(version, lineage)).join('\n'),
      )
    },
  )
}

/** Verbs about versions: they join those of `datasets`. */
export function addDatasetVersionVerbs(datasets: Command): void {
  addDiff(datasets)
  addTransform(datasets)
  addSplit(datasets)
  addAnnotation(datasets)
  addLineage(datasets)
}
