import type { Command } from 'commander'
import { type Finding, qualityRules, type RuleResult, type VersionQuality } from '../../contract/index.ts'
import type { EngineClient } from '../engine-client.ts'
import { followJob, type Output, table } from './output.ts'
import { readRulesFile } from './rules-file.ts'
import { integer, verb } from './verb.ts'
import { findVersion, referenceHelp } from './version-reference.ts'

const ruleLine = ({ rule, holds, words, problem }: RuleResult): string =>
  `${holds ? 'holds ' : 'BROKEN'}  ${words}${rule.blocking ? ' (training waits for it)' : ''}${holds ? '' : `: ${problem}`}`

const findingLine = ({ severity, kind, title, detail }: Finding): string =>
  `${severity.padEnd(8)} ${kind}: ${title}. ${detail}`

/** Waits for a check that runs, and begins one where there was none. */
async function checked(
  client: EngineClient,
  output: Output,
  versionId: string,
  again: boolean,
): Promise<VersionQuality> {
  const known = await client.call('datasets.quality', { versionId })
  if (known.checkedAt !== null && !again) return known
  const { jobId } = await client.call('datasets.checkQuality', { versionId })
  await followJob(client, jobId, output)
  return client.call('datasets.quality', { versionId })
}

function addQuality(datasets: Command): void {
  verb(
    datasets
      .command('quality')
      .description(
        'what is wrong with a version, and whether its rules hold (exit code 1 when one is broken)',
      )
      .argument('<version>', referenceHelp)
      .option('--again', 'check anew')
      .option('--label-errors', 'look for samples in the wrong class too, by cross-validation')
      .option('--folds <count>', 'of the cross-validation', integer, 5)
      .option('--show <kind>', 'list the samples that a finding names'),
    async (
      client,
      output,
      reference: string,
      options: { again?: boolean; labelErrors?: boolean; folds: number; show?: Finding['kind'] },
    ) => {
      const { id: versionId } = await findVersion(client, reference)
      let quality = await checked(client, output, versionId, options.again === true)
      if (options.labelErrors) {
        const { jobId } = await client.call('datasets.findLabelErrors', { versionId, folds: options.folds })
        await followJob(client, jobId, output)
        quality = await client.call('datasets.quality', { versionId })
      }
      if (options.show !== undefined) return printMembers(client, output, versionId, options.show)
      for (const finding of quality.findings) output.line(finding, () => findingLine(finding))
      if (quality.findings.length === 0 && !output.json) output.line(null, () => 'Nothing was found.')
      for (const result of quality.rules) output.line(result, () => ruleLine(result))
      return quality.rules.every(({ holds }) => holds)
    },
  )
}

async function printMembers(
  client: EngineClient,
  output: Output,
  versionId: string,
  finding: Finding['kind'],
): Promise<void> {
  for (let offset = 0; ; ) {
    const { total, items } = await client.call('datasets.findingMembers', {
      versionId,
      finding,
      offset,
      limit: 5_000,
    })
    for (const item of items) {
      const { sample, group, reason, suggestion } = item
      output.line(item, () =>
        [
          sample.path,
          sample.subset,
          suggestion === null ? sample.label : `${sample.label} -> ${suggestion}`,
          group === null ? '' : `group ${group + 1}`,
          reason,
        ]
          .join('\t')
          .trimEnd(),
      )
    }
    offset += items.length
    if (items.length === 0 || offset >= total) return
  }
}

function addRules(datasets: Command): void {
  verb(
    datasets
      .command('rules')
      .description('the rules of a dataset, and whether they hold (exit code 1 when one is broken)')
      .argument('<version>', referenceHelp)
      .option('--set <file>', 'JSON: [{"kind": "min-per-class", "count": 50, "blocking": true}, ...]'),
    async (client, output, reference: string, { set }: { set?: string }) => {
      const { id: versionId, datasetId } = await findVersion(client, reference)
      if (set !== undefined)
        await client.call('datasets.setRules', {
          datasetId,
          rules: await readRulesFile(set, qualityRules, 'rules'),
        })
      const { rules } = await checked(client, output, versionId, false)
      for (const result of rules) output.line(result, () => ruleLine(result))
      if (rules.length === 0 && !output.json) output.line(null, () => 'There are no rules.')
      return rules.every(({ holds }) => holds)
    },
  )
}

function addDrift(datasets: Command): void {
  verb(
    datasets
      .command('drift')
      .description('what changed in classes, sizes, light and texts from one version to another')
      .argument('<from>', referenceHelp)
      .argument('<to>', referenceHelp),
    async (client, output, a: string, b: string) => {
      const [from, to] = [await findVersion(client, a), await findVersion(client, b)]
      for (const { id } of [from, to]) await checked(client, output, id, false)
      const drift = await client.call('datasets.drift', { fromVersionId: from.id, toVersionId: to.id })
      const lists = [
        ['new classes', drift.newClasses],
        ['lost classes', drift.lostClasses],
        ['new characters', drift.newCharacters],
        ['lost characters', drift.lostCharacters],
      ] as const
      output.line(drift, () =>
        [
          ...lists.flatMap(([title, names]) =>
            names.length === 0 ? [] : [`${title}: ${names.map((name) => `"${name}"`).join(', ')}`],
          ),
          table([
            ['WHAT', 'CHANGE', 'PSI', 'KS', 'CHI-SQUARE', 'P', ''],
            ...drift.measures.map(({ title, verdict, stability, distance, chiSquare, pValue, words }) => [
              title,
              verdict,
              stability.toFixed(3),
              distance === null ? '' : distance.toFixed(3),
              chiSquare === null ? '' : chiSquare.toFixed(1),
              pValue < 0.001 ? '< 0.001' : pValue.toFixed(3),
              words,
            ]),
          ]),
        ].join('\n'),
      )
    },
  )
}

/** Adds `quality`, `rules` and `drift` to the noun `datasets`. */
export function addDatasetQualityVerbs(datasets: Command): void {
  addQuality(datasets)
  addRules(datasets)
  addDrift(datasets)
}
