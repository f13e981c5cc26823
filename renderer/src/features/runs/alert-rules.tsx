import { ActionIcon, Autocomplete, Button, Group, Modal, NumberInput, Select } from '@mantine/core'
import { BellRing, Trash2 } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Link } from 'wouter'
import {
  type AlertKind,
  type AlertRule,
  alertKind,
  alertRuleText,
  isLowerBetter,
} from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { confirm } from '../../components/confirm.tsx'
import { plural } from '../../components/format.ts'
import { notifyError } from '../../components/notices.tsx'
import { TimeText } from '../../components/time-text.tsx'
import { useQuery } from '../../components/use-query.ts'

const titles: Record<AlertKind, string> = {
  'not-finite': 'is NaN or infinite',
  above: 'is above',
  below: 'is below',
  stalled: 'gets no better',
  silent: 'A run is not heard of',
}
const numberLabels: Record<AlertKind, string> = {
  'not-finite': '',
  above: 'Number',
  below: 'Number',
  stalled: 'Over how many steps',
  silent: 'Minutes',
}
const alertsShown = 20

/** What the runs of experiments should not do, and which runs did. */
export function AlertRules(props: { experiments: readonly string[] }) {
  const [opened, setOpened] = useState(false)
  return (
    <>
      <Button variant="default" leftSection={<BellRing size={14} />} onClick={() => setOpened(true)}>
        Alerts
      </Button>
      <Modal
        opened={opened}
        onClose={() => setOpened(false)}
        title="Alerts"
        closeButtonProps={{ 'aria-label': 'Close' }}
        size="lg"
      >
        <Rules {...props} onClose={() => setOpened(false)} />
      </Modal>
    </>
  )
}

function Rules({ experiments, onClose }: { experiments: readonly string[]; onClose: () => void }) {
  const rules = useQuery('runs.alertRules', {}, { refreshOn: ({ type }) => type === 'run.alerted' })
  const alerts = useQuery(
    'runs.alerts',
    { limit: alertsShown },
    { refreshOn: ({ type }) => type === 'run.alerted' },
  )
  const changed = () => {
    rules.reload()
    alerts.reload()
  }
  const remove = async (rule: AlertRule) => {
    const isSure =
      rule.runs === 0 ||
      (await confirm({
        title: 'Remove the rule?',
        message: `${plural(rule.runs, 'run')} broke it. The marks on them go with the rule.`,
        action: 'Remove the rule',
        danger: true,
      }))
    if (!isSure) return
    try {
      await call('runs.removeAlertRule', { ruleId: rule.id })
      changed()
    } catch (cause) {
      notifyError(cause)
    }
  }
  return (
    <>
      {rules.data?.length === 0 && (
        <p className="dim">
          No rules yet. A run that breaks one is marked, and you are told of it, also while nobody looks.
        </p>
      )}
      {rules.data !== undefined && rules.data.length > 0 && (
        <ul className="rule-list" aria-label="Rules">
          {rules.data.map((rule) => (
            <li key={rule.id}>
              <span>{rule.experiment}</span>
              <span>{alertRuleText(rule)}</span>
              <span className="dim tabular">{rule.runs === 0 ? 'not broken' : plural(rule.runs, 'run')}</span>
              <ActionIcon
                size={24}
                aria-label={`Remove the rule: ${rule.experiment}, ${alertRuleText(rule)}`}
                onClick={() => void remove(rule)}
              >
                <Trash2 size={14} />
              </ActionIcon>
            </li>
          ))}
        </ul>
      )}
      <RuleForm experiment={experiments.length === 1 ? experiments[0] : undefined} onAdded={changed} />
      {alerts.data !== undefined && alerts.data.length > 0 && (
        <section aria-labelledby="newest-alerts">
          <h3 id="newest-alerts" className="rule-heading">
            Newest
          </h3>
          <ul className="alert-list">
            {alerts.data.map(({ ruleId, runId, run, message, at }) => (
              <li key={`${ruleId} ${runId}`}>
                <Link href={`/runs/${runId}`} onClick={onClose}>
                  {run}
                </Link>
                <span>{message}</span>
                <TimeText at={at} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  )
}

function RuleForm(props: { experiment: string | undefined; onAdded: () => void }) {
  const experiments = useQuery('experiments.list', { lifecycle: 'active' })
  const keys = useQuery('runs.keys', {})
  const names = experiments.data?.map(({ name }) => name) ?? []
  const [chosen, setChosen] = useState(props.experiment)
  const [kind, setKind] = useState<AlertKind>('not-finite')
  const [metric, setMetric] = useState('')
  const [bound, setBound] = useState<number | string>('')
  const [goal, setGoal] = useState<'min' | 'max' | null>(null)
  const experiment = chosen ?? names[0] ?? ''
  const better = goal ?? (isLowerBetter(metric) ? 'min' : 'max')
  const isWhole =
    experiment !== '' &&
    (kind === 'silent' || metric.trim() !== '') &&
    (kind === 'not-finite' || typeof bound === 'number')
  const add = async (event: FormEvent) => {
    event.preventDefault()
    try {
      await call('runs.addAlertRule', {
        experiment,
        kind,
        ...(kind === 'silent' ? {} : { metric: metric.trim() }),
        ...(kind === 'not-finite' || typeof bound !== 'number' ? {} : { bound }),
        ...(kind === 'stalled' ? { goal: better } : {}),
      })
      setBound('')
      props.onAdded()
    } catch (cause) {
      notifyError(cause)
    }
  }
  return (
    <form onSubmit={add} className="rule-form" aria-label="New rule">
      <Select
        label="Runs of"
        data={names}
        value={experiment}
        allowDeselect={false}
        searchable
        onChange={(name) => name !== null && setChosen(name)}
      />
      <Select
        label="Tell me when"
        data={alertKind.options.map((value) => ({
          value,
          label: value === 'silent' ? titles[value] : `A metric ${titles[value]}`,
        }))}
        value={kind}
        allowDeselect={false}
        onChange={(value) => setKind(alertKind.parse(value))}
        data-autofocus
      />
      {kind !== 'silent' && (
        <Autocomplete
          label="Metric"
          placeholder="loss"
          data={keys.data?.metrics ?? []}
          value={metric}
          maxLength={250}
          limit={100}
          onChange={setMetric}
        />
      )}
      {kind !== 'not-finite' && (
        <NumberInput
          label={numberLabels[kind]}
          value={bound}
          onChange={setBound}
          {...(kind === 'stalled' ? { min: 1, allowDecimal: false } : {})}
          {...(kind === 'silent' ? { min: 0.1 } : {})}
        />
      )}
      {kind === 'stalled' && (
        <Select
          label="Better is"
          data={[
            { value: 'min', label: 'smaller' },
            { value: 'max', label: 'larger' },
          ]}
          value={better}
          allowDeselect={false}
          onChange={(value) => setGoal(value === 'min' ? 'min' : 'max')}
        />
      )}
      <Group justify="flex-end" align="flex-end">
        <Button type="submit" disabled={!isWhole}>
          Add the rule
        </Button>
      </Group>
    </form>
  )
}
