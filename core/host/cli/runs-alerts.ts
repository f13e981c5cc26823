import type { Command } from 'commander'
import { alertRuleText, GlyphlabError, type ProcedureInput } from '../../contract/index.ts'
import { table } from './output.ts'
import { decimal, integer, verb } from './verb.ts'

interface AddArguments {
  experiment: string
  metric?: string
  notFinite?: true
  above?: number
  below?: number
  stalled?: number
  goal?: string
  silent?: number
}

/** The rule that the options ask for; just one. */
function ruleOf({
  experiment,
  metric,
  goal,
  notFinite,
  ...bounds
}: AddArguments): ProcedureInput<'runs.addAlertRule'> {
  const asked = (['above', 'below', 'stalled', 'silent'] as const).filter(
    (kind) => bounds[kind] !== undefined,
  )
  const kinds = [...asked, ...(notFinite ? (['not-finite'] as const) : [])]
  const [kind] = kinds
  if (kind === undefined || kinds.length > 1)
    throw new GlyphlabError(
      'INVALID_INPUT',
      'Give one of --not-finite, --above, --below, --stalled and --silent: a rule is about one thing.',
    )
  if (goal !== undefined && goal !== 'min' && goal !== 'max')
    throw new GlyphlabError('INVALID_INPUT', `--goal is min or max, not "${goal}".`)
  const bound = kind === 'not-finite' ? undefined : bounds[kind]
  return {
    experiment,
    kind,
    ...(metric === undefined ? {} : { metric }),
    ...(bound === undefined ? {} : { bound }),
    ...(goal === undefined ? {} : { goal }),
  }
}

export function addAlertVerbs(runs: Command): void {
  const alerts = runs.command('alerts').description('rules on the runs of an experiment, and who broke them')
  verb(
    alerts
      .command('list', { isDefault: true })
      .description('the runs that broke a rule, newest first')
      .option('--experiment <name>', 'only of this experiment')
      .option('--fail', 'end with code 1 when there is one'),
    async (client, output, { experiment, fail }: { experiment?: string; fail?: true }) => {
      const found = await client.call('runs.alerts', experiment === undefined ? {} : { experiment })
      if (output.json) for (const alert of found) output.line(alert, () => '')
      else
        output.line(null, () =>
          table([
            ['RUN', 'NAME', 'EXPERIMENT', 'AT', 'WHAT'],
            ...found.map((alert) => [
              alert.runId.slice(0, 12),
              alert.run,
              alert.experiment,
              new Date(alert.at).toISOString(),
              alert.message,
            ]),
          ]),
        )
      return !(fail && found.length > 0)
    },
  )
  verb(
    alerts.command('rules').description('the rules').option('--experiment <name>', 'only of this experiment'),
    async (client, output, { experiment }: { experiment?: string }) => {
      const rules = await client.call('runs.alertRules', experiment === undefined ? {} : { experiment })
      if (output.json) for (const rule of rules) output.line(rule, () => '')
      else
        output.line(null, () =>
          table([
            ['RULE', 'EXPERIMENT', 'ALERT WHEN', 'RUNS'],
            ...rules.map((rule) => [rule.id, rule.experiment, alertRuleText(rule), String(rule.runs)]),
          ]),
        )
    },
  )
  verb(
    alerts
      .command('add')
      .description('add a rule; runs that have broken it already are found too')
      .option('--experiment <name>', 'whose runs', 'Default')
      .option('--metric <name>', 'which metric it is about')
      .option('--not-finite', 'when it is NaN or infinite')
      .option('--above <n>', 'when it is above a number', decimal)
      .option('--below <n>', 'when it is below a number', decimal)
      .option('--stalled <steps>', 'when it does not improve over so many steps', integer)
      .option('--goal <goal>', 'of --stalled, what improves: min or max; left out, its name says')
      .option('--silent <minutes>', 'when a running run gives no sign of life for so long', decimal),
    async (client, output, options: AddArguments) => {
      const rule = await client.call('runs.addAlertRule', ruleOf(options))
      output.line(
        rule,
        () => `Rule ${rule.id}: an alert when ${alertRuleText(rule)}, in "${rule.experiment}".`,
      )
    },
  )
  verb(
    alerts.command('remove').description('remove a rule with its alerts').argument('<rule>', 'its id'),
    async (client, output, ruleId: string) => {
      await client.call('runs.removeAlertRule', { ruleId })
      output.line({ removed: ruleId }, () => `The rule ${ruleId} is removed.`)
    },
  )
}
