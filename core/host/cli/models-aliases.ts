import type { Command } from 'commander'
import {
  type AliasMove,
  type FlippedSample,
  type GateReport,
  type GateResult,
  GlyphlabError,
  gateRules,
} from '../../contract/index.ts'
import type { EngineClient } from '../engine-client.ts'
import { followJob, type Output } from './output.ts'
import { readRulesFile } from './rules-file.ts'
import { verb } from './verb.ts'

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`

const gateLine = ({ passed, words, message }: GateResult): string =>
  `${passed ? 'passed' : 'FAILED'}  ${words}: ${message}`

const place = (version: number | null): string => (version === null ? 'nowhere' : `version ${version}`)

function moveLine({ at, alias, from, to, kind, reason, by, gates, signature }: AliasMove): string {
  const failed = (gates ?? []).filter(({ passed }) => !passed)
  return [
    new Date(at).toISOString(),
    `@${alias}`,
    `${place(from)} -> ${place(to)}`,
    kind,
    ...(by === '' ? [] : [`by ${by}`]),
    ...(reason === '' ? [] : [`"${reason}"`]),
    ...(failed.length > 0 ? [`in spite of: ${failed.map(({ words }) => words).join('; ')}`] : []),
    ...(signature
      ? [signature.valid ? `signed ${signature.key.slice(0, 12)}` : 'THE SIGNATURE IS WRONG']
      : []),
  ].join('  ')
}

/** `name@alias` in its parts. @throws GlyphlabError INVALID_INPUT */
function aliasOf(reference: string): { model: string; alias: string } {
  const [model = '', alias = ''] = reference.split('@')
  if (model !== '' && alias !== '') return { model, alias }
  throw new GlyphlabError('INVALID_INPUT', `"${reference}" names no alias. Write name@alias.`)
}

function reportText({ results, comparison, comparisonProblem, champion }: GateReport): string {
  const lines = results.map(gateLine)
  if (results.length === 0) lines.push('The alias has no gates.')
  if (comparison) {
    const { datasetLabel, subset, sampleCount, table, accuracy, championAccuracy, fixed, broken, otherwise } =
      comparison
    lines.push(
      `Beside version ${champion} on ${datasetLabel}, ${subset} (${sampleCount} ${table ? 'rows' : 'pictures'}): ${percent(accuracy)} against ${percent(championAccuracy)}; ${broken} got worse, ${fixed} got better, ${otherwise} are wrong in another way`,
    )
  } else if (comparisonProblem) lines.push(`Nothing to compare with: ${comparisonProblem}`)
  return lines.join('\n')
}

const flipLine = ({ sample, kind, champion, candidate }: FlippedSample): string =>
  `  ${kind.padEnd(9)} ${sample.path}  ${sample.label}: ${champion.label} (${percent(champion.confidence)}) -> ${candidate.label} (${percent(candidate.confidence)})`

/** Checks a version for an alias and prints what was found. @returns whether all gates passed */
async function check(
  client: EngineClient,
  output: Output,
  place: { model: string; alias: string; version: number },
  flips: boolean,
): Promise<boolean> {
  const { jobId } = await client.call('models.checkGates', place)
  await followJob(client, jobId, output)
  const report = await client.call('models.gateReport', place)
  if (!report) throw new GlyphlabError('NOT_FOUND', 'The check left no result. Check it again.')
  output.line(report, () => reportText(report))
  if (flips)
    for (let offset = 0; ; ) {
      const { total, items } = await client.call('models.flips', { ...place, offset, limit: 1_000 })
      for (const item of items) output.line(item, () => flipLine(item))
      offset += 1_000
      if (offset >= total) break
    }
  return report.passed
}

/** `models alias`, `rollback`, `history`, `gates` and `check`. */
export function addModelAliasVerbs(models: Command): void {
  verb(
    models
      .command('alias')
      .description('point an alias at a version, once its gates pass')
      .argument('<alias>', 'name@alias')
      .argument('<version>', 'its number, or none to remove the alias')
      .option('--reason <words>', 'kept in the history', '')
      .option('--override <reason>', 'move it in spite of gates that do not pass; signed and recorded'),
    async (
      client,
      output,
      reference: string,
      version: string,
      { reason, override }: { reason: string; override?: string },
    ) => {
      const { model, alias } = aliasOf(reference)
      const target = version === 'none' ? null : Number(version)
      if (target !== null && !Number.isInteger(target))
        throw new GlyphlabError('INVALID_INPUT', `"${version}" is no version. Write its number, or none.`)
      const rules = (await client.call('models.gates', { model })).find((one) => one.alias === alias)
      if (rules && target !== null && override === undefined) {
        const report = await client.call('models.gateReport', { model, alias, version: target })
        if (!report?.current) await check(client, output, { model, alias, version: target }, false)
      }
      await client.call('models.setAlias', {
        model,
        alias,
        version: target,
        reason,
        ...(override === undefined ? {} : { override }),
      })
      const [newest] = await client.call('models.aliasHistory', { model, alias })
      if (newest) output.line(newest, () => moveLine(newest))
    },
  )
  verb(
    models
      .command('rollback')
      .description('point an alias at the version that it had before')
      .argument('<alias>', 'name@alias')
      .option('--reason <words>', 'kept in the history', ''),
    async (client, output, reference: string, { reason }: { reason: string }) => {
      const move = await client.call('models.rollback', { ...aliasOf(reference), reason })
      output.line(move, () => moveLine(move))
    },
  )
  verb(
    models
      .command('history')
      .description('every move of the aliases of a model, the newest first')
      .argument('<model>', 'name, or name@alias'),
    async (client, output, reference: string) => {
      const [model = '', alias] = reference.split('@')
      const moves = await client.call('models.aliasHistory', {
        model,
        ...(alias === undefined ? {} : { alias }),
      })
      for (const move of moves) output.line(move, () => moveLine(move))
      if (moves.length === 0 && !output.json) output.line(null, () => 'No alias has moved yet.')
      return moves.every(({ signature }) => signature?.valid !== false)
    },
  )
  verb(
    models
      .command('gates')
      .description('the rules that a version has to pass before an alias moves to it')
      .argument('[alias]', 'name@alias, or a name to see those of all its aliases')
      .option('--set <file>', 'JSON: [{"gate": "metric-threshold", "options": {"value": 0.95}}, ...]')
      .option('--kinds', 'list the gates that there are, with their options'),
    async (
      client,
      output,
      reference: string | undefined,
      { set, kinds }: { set?: string; kinds?: boolean },
    ) => {
      if (kinds) {
        for (const kind of await client.call('models.gateKinds', {}))
          output.line(kind, () =>
            [
              `${kind.id}: ${kind.description}`,
              ...kind.fields.map(
                (field) => `  ${field.key} (${JSON.stringify(field.default)}): ${field.title}. ${field.help}`,
              ),
            ].join('\n'),
          )
        return
      }
      if (reference === undefined)
        throw new GlyphlabError('INVALID_INPUT', 'Name the model or its alias, or ask for --kinds.')
      const [model = '', alias] = reference.split('@')
      if (set !== undefined)
        await client.call('models.setGates', {
          ...aliasOf(reference),
          rules: await readRulesFile(set, gateRules, 'gates'),
        })
      const gates = (await client.call('models.gates', { model })).filter(
        (one) => alias === undefined || one.alias === alias,
      )
      for (const one of gates)
        for (const { rule, words } of one.rules)
          output.line({ alias: one.alias, ...rule, words }, () => `@${one.alias}  ${rule.gate}: ${words}`)
      if (gates.length === 0 && !output.json) output.line(null, () => 'There are no gates.')
    },
  )
  verb(
    models
      .command('check')
      .description('check a version against the gates of an alias (exit code 1 when one fails)')
      .argument('<model>', 'name@alias, name/version or name')
      .option('--alias <alias>', 'the alias that would move', 'champion')
      .option('--flips', 'list every sample of which the two versions say different things'),
    async (client, output, reference: string, { alias, flips }: { alias: string; flips?: boolean }) => {
      const { model, version } = await client.call('models.get', { reference })
      return check(client, output, { model, alias, version }, flips === true)
    },
  )
}
