import type { ModelVersion, Run } from '../contract/index.ts'

/** What a card is generated from. */
export interface CardRecord {
  version: ModelVersion
  description: string
  /** Null: trained elsewhere, or its run is gone. */
  run: Run | null
  /** Null: not known, or deleted. */
  dataset: {
    label: string
    digest: string
    sampleCount: number
    classes: readonly { label: string; total: number }[]
    counts: Readonly<Record<string, number>>
    splitName: string
    note: string
  } | null
  /** 95 % intervals of what was measured on the test subset, by metric. */
  intervals: ReadonlyMap<string, readonly [low: number, high: number]>
  testSamples: number | null
}

/** Names are free text: what Markdown would read as its own is escaped. */
export const escapeMarkdown = (text: string): string =>
  text.replace(/[\\`*_{}[\]<>()#+!|~]/g, '\\$&').replace(/\s+/g, ' ')

const number = (value: number): string => String(Number(value.toPrecision(4)))

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

const rowsIn = ({ preprocessing }: ModelVersion): boolean => 'columns' in preprocessing
const thingsOf = (version: ModelVersion): string => (rowsIn(version) ? 'rows' : 'pictures')

function intendedUse({ kind, labels, preprocessing }: ModelVersion): string {
  if ('kind' in preprocessing) {
    const columns = preprocessing.columns.map(({ name }) => escapeMarkdown(name))
    const target = escapeMarkdown(preprocessing.target.name)
    return kind === 'table-regressor'
      ? `It tells the number ${target} of a row from ${columns.join(', ')}.`
      : `It puts a row into one of ${labels.length} classes of ${target} by ${columns.join(', ')}.`
  }
  const picture = `${preprocessing.width === 0 ? 'in proportion' : preprocessing.width} × ${preprocessing.height} px, ${preprocessing.channels === 1 ? 'grey' : 'colour'}`
  return kind === 'line-recogniser'
    ? `It reads pictures of single lines (${picture}) written with ${labels.length} characters.`
    : `It puts a picture (${picture}) into one of ${labels.length} classes: ${labels.slice(0, 40).map(escapeMarkdown).join(', ')}${labels.length > 40 ? ', …' : ''}.`
}

function dataPart({ dataset, version }: CardRecord): string {
  if (!dataset)
    return version.importedFrom === null
      ? 'The dataset that it was trained on is not in this data folder any more.'
      : `It was imported from ${escapeMarkdown(version.importedFrom)}; what it was trained on is not recorded here.`
  const counts = Object.entries(dataset.counts)
    .map(([subset, count]) => `${count} ${subset}`)
    .join(', ')
  const classes = dataset.classes
    .slice(0, 40)
    .map(({ label, total }) => [escapeMarkdown(label || 'no class'), String(total)])
  return [
    `${escapeMarkdown(dataset.label)}: ${dataset.sampleCount} ${thingsOf(version)} (${counts}; split ${escapeMarkdown(dataset.splitName)}), digest \`${dataset.digest}\`.`,
    ...(dataset.note === '' ? [] : [escapeMarkdown(dataset.note)]),
    ...(classes.length > 0 ? [table(['Class', rowsIn(version) ? 'Rows' : 'Pictures'], classes)] : []),
    ...(dataset.classes.length > 40 ? [`${dataset.classes.length - 40} more classes are not listed.`] : []),
  ].join('\n\n')
}

function trainingPart({ run, version }: CardRecord): string {
  if (!run) return version.importedFrom === null ? 'The run is gone.' : 'It was trained elsewhere.'
  const params = Object.entries(run.params).map(([key, value]) => [
    escapeMarkdown(key),
    escapeMarkdown(value.length > 200 ? `${value.slice(0, 200)}…` : value),
  ])
  return [
    `Run ${escapeMarkdown(run.name)} (\`${run.id}\`).`,
    ...(params.length > 0 ? [table(['Param', 'Value'], params)] : []),
  ].join('\n\n')
}

function metricsPart({ version, intervals, testSamples }: CardRecord): string {
  const rows = Object.entries(version.metrics).map(([key, value]) => {
    const interval = intervals.get(key)
    return [
      escapeMarkdown(key),
      number(value),
      interval ? `${number(interval[0])} to ${number(interval[1])}` : '–',
    ]
  })
  if (rows.length === 0) return 'No metrics were kept with this version.'
  return [
    ...(testSamples === null ? [] : [`Measured on ${testSamples} ${thingsOf(version)} of the test subset.`]),
    table(['Metric', 'Value', '95 % interval'], rows),
  ].join('\n\n')
}

function limitsPart({ version, dataset, testSamples }: CardRecord): string {
  const things = thingsOf(version)
  const smallest = dataset?.classes.reduce((a, b) => (b.total < a.total ? b : a))
  return [
    version.kind === 'line-recogniser'
      ? '- It reads single lines only, and no character outside its alphabet.'
      : version.kind === 'table-regressor'
        ? '- It gives a number for every row, also for one of something else.'
        : `- It gives one of its classes for every ${rowsIn(version) ? 'row' : 'picture'}, also for one of something else.`,
    `- Nothing is known of ${things} unlike those that it was trained on.`,
    ...(testSamples !== null && testSamples < 200
      ? [`- It was measured on ${testSamples} ${things} only: the intervals are wide.`]
      : []),
    ...(smallest && smallest.total < 50
      ? [
          `- The class ${escapeMarkdown(smallest.label || 'no class')} has ${smallest.total} ${things} in all.`,
        ]
      : []),
  ].join('\n')
}

/** A model card in Markdown (Mitchell et al., "Model Cards for Model Reporting", 2019), as far as the record knows. */
export function generateCard(record: CardRecord): string {
  const { version } = record
  const parts: [title: string, text: string][] = [
    ['Intended use', intendedUse(version)],
    ['Data', dataPart(record)],
    ['Training', trainingPart(record)],
    ['Metrics', metricsPart(record)],
    ['Limits', limitsPart(record)],
    [
      'Licence',
      'The licence of the model follows from that of its data and its training; neither is recorded. Write here who may use it, and for what.',
    ],
  ]
  return `${[
    `# ${escapeMarkdown(version.model)}, version ${version.version}`,
    ...(record.description === '' ? [] : [record.description]),
    `Digest \`${version.digest}\`, registered ${new Date(version.createdAt).toISOString().slice(0, 10)}.`,
    ...parts.map(([title, text]) => `## ${title}\n\n${text}`),
  ].join('\n\n')}\n`
}
