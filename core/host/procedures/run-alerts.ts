import { GlyphlabError, isLowerBetter } from '../../contract/index.ts'
import type { HandlersOf, Services } from '../services.ts'

type AlertHandlers = Pick<
  HandlersOf<'runs'>,
  'runs.alerts' | 'runs.alertRules' | 'runs.addAlertRule' | 'runs.removeAlertRule'
>

/** Rules on the runs of an experiment, and the runs that break them. */
export function runAlertProcedures({ alerts, runAlerts, runs }: Services): AlertHandlers {
  const experimentId = (name: string): number => {
    const found = runs.experiments.findByName(name)
    if (!found) throw new GlyphlabError('NOT_FOUND', `There is no experiment named "${name}".`)
    return found.id
  }
  return {
    'runs.alerts': ({ runId, experiment, limit }) => {
      const whole = runId === undefined ? undefined : runs.resolve(runId)
      runAlerts.settle(whole)
      return alerts.alerts({
        ...(whole === undefined ? {} : { runId: runs.idOf(whole) }),
        ...(experiment === undefined ? {} : { experimentId: experimentId(experiment) }),
        limit,
      })
    },
    'runs.alertRules': ({ experiment }) =>
      alerts.rules(experiment === undefined ? undefined : experimentId(experiment)),
    'runs.addAlertRule': ({ experiment, kind, metric, bound, goal }) => {
      const id = experimentId(experiment)
      if ((kind === 'silent') !== (metric === undefined))
        throw new GlyphlabError(
          'INVALID_INPUT',
          kind === 'silent'
            ? 'A rule on silence is about the run itself: leave the metric out.'
            : `Say which metric should not be ${kind}.`,
        )
      if (kind !== 'not-finite' && bound === undefined)
        throw new GlyphlabError('INVALID_INPUT', `A rule of kind ${kind} needs a number.`)
      if ((kind === 'stalled' || kind === 'silent') && !((bound ?? 0) > 0))
        throw new GlyphlabError('INVALID_INPUT', `A rule of kind ${kind} needs a number above 0.`)
      const rule = alerts.add(id, {
        kind,
        metric: metric ?? null,
        bound: bound ?? 0,
        goal: kind === 'stalled' ? (goal ?? (isLowerBetter(metric ?? '') ? 'min' : 'max')) : null,
      })
      runAlerts.rulesChanged(id)
      return rule
    },
    'runs.removeAlertRule': ({ ruleId }) => {
      const { experiment } = alerts.rule(ruleId)
      alerts.remove(ruleId)
      runAlerts.rulesChanged(experimentId(experiment))
      return {}
    },
  }
}
