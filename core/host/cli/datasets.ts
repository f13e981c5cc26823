import { type Command, Option } from 'commander'
import {
  type DatasetVersion,
  type ImportInspection,
  type ImportStorage,
  importStorage,
} from '../../contract/index.ts'
import { keyValue, splitShares } from './import-options.ts'
import { followJob, table } from './output.ts'
import { integer, pathSource, verb } from './verb.ts'
import { findVersion, referenceHelp } from './version-reference.ts'

interface ImportArguments {
  name: string
  as?: string
  importer?: string
  target?: string
  id?: string
  leaveOut?: string
  option: Record<string, string>
  split?: { train: number; validation: number; test: number }
  seed: number
  merge?: boolean
  onConflict: 'replace' | 'keep' | 'fail'
  storage: ImportStorage
}

const importerHelp = 'the kind of source, e.g. labels-table; left out, it is recognised'
const optionHelp =
  "an option of the importer, e.g. labelColumn=species or pattern='{label}_*.png'; may be repeated"

/** Only a table of rows has a target. */
const importerOf = ({
  as,
  target,
  importer = as ?? (target === undefined ? undefined : 'tabular'),
}: ImportArguments) => (importer === undefined ? {} : { importer })

const tableOptions = ({ target, id, leaveOut }: ImportArguments): Record<string, string> => ({
  ...(target === undefined ? {} : { target }),
  ...(id === undefined ? {} : { idColumn: id }),
  ...(leaveOut === undefined ? {} : { leaveOut }),
})

/** `150 rows`, `2,000 pictures`. */
const samplesOf = ({ table: rows, sampleCount }: DatasetVersion): string =>
  `${sampleCount} ${rows ? 'rows' : 'pictures'}`

function addImportVerb(datasets: Command): void {
  verb(
    datasets
      .command('import')
      .description('import a folder, an archive (zip, tar, tar.gz), or a table with its pictures')
      .argument('<path>')
      .requiredOption('--name <name>', 'the dataset; a known name gets a new version')
      .option('--as <importer>', importerHelp)
      .option('--importer <importer>', 'the same as --as')
      .option('--target <column>', 'of a table of rows: what is to be predicted')
      .option('--id <column>', 'of a table of rows: the column that names each row')
      .option('--leave-out <columns>', 'of a table of rows: columns to leave out, with commas between them')
      .option('--option <key=value>', optionHelp, keyValue, {})
      .option('--split <train,validation,test>', 'shares that sum to 1 (0.8,0.1,0.1)', splitShares)
      .option('--seed <seed>', 'seed of the split', integer, 42)
      .option('--merge', "add to the dataset's newest version")
      .addOption(
        new Option('--on-conflict <how>', 'with --merge: a path that is there with other content')
          .choices(['replace', 'keep', 'fail'])
          .default('replace'),
      )
      .addOption(
        new Option(
          '--storage <how>',
          'copy the pictures; link those on the same disk; or refer to them, and read them from where they lie',
        )
          .choices(importStorage.options)
          .default('copy'),
      ),
    async (client, output, source: string, options: ImportArguments) => {
      const { jobId } = await client.call('datasets.import', {
        source: pathSource(source),
        name: options.name,
        seed: options.seed,
        options: { ...options.option, ...tableOptions(options) },
        merge: options.merge === true,
        onConflict: options.onConflict,
        storage: options.storage,
        ...importerOf(options),
        ...(options.split === undefined ? {} : { fractions: options.split }),
      })
      const job = await followJob(client, jobId, output)
      const version = await client.call('datasets.version', {
        versionId: String(job.result?.['datasetVersionId']),
      })
      output.line(version, () => {
        const { report } = version
        return [
          `${version.datasetName} v${version.number}: ${samplesOf(version)}, ${version.labels.length} classes, digest ${version.digest}`,
          ...report.refused.map(({ path: file, reason }) => `refused  ${file}: ${reason}`),
          ...report.warnings.map((warning) => `note     ${warning}`),
          `${report.refused.length} of ${report.scanned} ${version.table ? 'rows' : 'files'} refused, ${report.ignored.length} ignored, ${report.duplicates.length} duplicates; ${(report.durationMs / 1000).toFixed(1)} s`,
        ].join('\n')
      })
    },
  )
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ')

function inspectionText(found: ImportInspection): string {
  const title = found.importers.find(({ id }) => id === found.importer)?.title ?? 'nothing that is known'
  const others = found.importers.filter(({ id, detected }) => detected && id !== found.importer)
  const mapping = Object.entries(found.table?.mapping ?? {}).filter(([, column]) => column !== null)
  return [
    `${title}${found.importer === null ? '' : ` (${found.importer})`}: ${found.sampleCount} samples, ${found.labelCount} classes, ${found.refusedCount} of ${found.fileCount} files refused`,
    ...(others.length > 0 ? [`could also be ${others.map(({ id }) => id).join(', ')}`] : []),
    ...(found.table
      ? [`table    ${found.table.file}, ${found.table.rowCount} rows: ${found.table.columns.join(', ')}`]
      : []),
    ...(mapping.length > 0
      ? [`columns  ${mapping.map(([role, column]) => `${role} = ${column}`).join(', ')}`]
      : []),
    ...Object.entries(found.guessed).map(([key, value]) => `guessed  ${key} = ${value}`),
    ...(found.samples.length > 0
      ? [
          table([
            ['PATH', 'CLASS', 'TEXT', 'VALUE', 'GROUP', 'SUBSET'],
            ...found.samples.map(({ path, label, text, value, group, subset }) => [
              oneLine(path),
              oneLine(label),
              oneLine(text ?? ''),
              value === null ? '' : String(value),
              group ?? '',
              subset ?? '',
            ]),
          ]),
        ]
      : []),
    ...found.refused.map(({ path, reason }) => `refused  ${path}: ${reason}`),
    ...found.warnings.map((warning) => `note     ${warning}`),
    ...(found.error ? [`problem  ${found.error.message}`] : []),
  ].join('\n')
}

function addInspectVerb(datasets: Command): void {
  verb(
    datasets
      .command('inspect')
      .description('say what an import would make of a source, without importing it')
      .argument('<path>')
      .option('--as <importer>', importerHelp)
      .option('--option <key=value>', optionHelp, keyValue, {}),
    async (client, output, source: string, options: Pick<ImportArguments, 'as' | 'option'>) => {
      const found = await client.call('datasets.inspect', {
        source: pathSource(source),
        options: options.option,
        ...(options.as === undefined ? {} : { importer: options.as }),
      })
      output.line(found, () => inspectionText(found))
      return found.error === null
    },
  )
}

/** Adds the noun `datasets`, and returns it for the verbs that have files of their own. */
export function addDatasetVerbs(program: Command): Command {
  const datasets = program.command('datasets').description('import and look at datasets')
  addImportVerb(datasets)
  addInspectVerb(datasets)
  verb(datasets.command('list').description('the datasets'), async (client, output) => {
    const all = await client.call('datasets.list', {})
    if (!output.json)
      output.line(null, () =>
        table([
          ['NAME', 'VERSION', 'SAMPLES', 'CLASSES', 'DIGEST'],
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
    datasets.command('show').description('a version of a dataset').argument('<version>', referenceHelp),
    async (client, output, reference: string) => {
      const version = await findVersion(client, reference)
      output.line(version, () =>
        [
          `${version.datasetName} v${version.number}: ${samplesOf(version)}, digest ${version.digest}`,
          table([
            ['CLASS', 'TRAIN', 'VALIDATION', 'TEST'],
            ...version.labels.map(({ label, counts }) => [
              label,
              String(counts.train),
              String(counts.validation),
              String(counts.test),
            ]),
          ]),
          ...(version.boxLabels.length === 0
            ? []
            : [
                table([
                  ['CLASS OF BOXES', 'TRAIN', 'VALIDATION', 'TEST'],
                  ...version.boxLabels.map(({ label, counts }) => [
                    label,
                    String(counts.train),
                    String(counts.validation),
                    String(counts.test),
                  ]),
                ]),
              ]),
          ...version.report.refused.map(({ path: file, reason }) => `refused  ${file}: ${reason}`),
          ...version.report.warnings.map((warning) => `note     ${warning}`),
        ].join('\n'),
      )
    },
  )
  return datasets
}
