import { Link } from 'wouter'
import type { Reproduction, Run } from '../../../../core/contract/index.ts'
import { formatNumber } from '../../components/format.ts'
import { useQuery } from '../../components/use-query.ts'

const verdicts: Record<Exclude<Reproduction['verdict'], 'running'>, string> = {
  identical: 'Identical: every loss and every weight is the same, to the bit.',
  'within-tolerance': 'Within tolerance: the losses differ by no more than a thousandth.',
  differs: 'It came out otherwise.',
  unfinished: 'One of both runs ended before its time: only the steps that both have can be compared.',
}

/** What a person calls what is recorded; anything else by its key. */
const names: Record<string, string> = {
  backend: 'The backend',
  dataset_digest: 'The data, by its digest',
  samples_digest: 'The samples of the split, by their digest',
}

const valueText = (key: string, value: string): string =>
  value === '' ? 'none' : key.endsWith('_digest') ? value.slice(0, 12) : value

/** For a run that reproduces another one: whether it came out the same, and if not, from which step on and why. */
export function ReproductionNote({ run }: { run: Run }) {
  const reproduces = run.tags['reproduces'] !== undefined
  const { data } = useQuery(
    'runs.reproduction',
    { runId: run.id },
    { enabled: reproduces, refreshOn: (event) => event.type === 'run.changed' && event.runId === run.id },
  )
  if (!data) return null
  const { verdict, first, firstBeyond, differences, backends, original, originalName } = data
  const elsewhere = backends.found !== null && backends.found !== backends.expected
  return (
    <section className="run-note" aria-label="Reproduction">
      <div>
        <p>
          Reproduces <Link href={`/runs/${original}`}>{originalName}</Link>.{' '}
          {verdict === 'running'
            ? first
              ? 'So far it differs.'
              : 'So far nothing differs.'
            : verdicts[verdict]}
          {elsewhere &&
            ` It ran on ${backends.found}, the original on ${backends.expected ?? 'what was not recorded'}: another backend adds in another order.`}
        </p>
        {first && (
          <p>
            The first loss that differs is that of step {first.step}: {formatNumber(first.expected)} then,{' '}
            {formatNumber(first.found)} now.
          </p>
        )}
        {firstBeyond && firstBeyond.step !== first?.step && (
          <p>
            From step {firstBeyond.step} on the losses are further apart than a thousandth:{' '}
            {formatNumber(firstBeyond.expected)} then, {formatNumber(firstBeyond.found)} now.
          </p>
        )}
        {differences.length > 0 && (
          <ul>
            {differences.map(({ key, expected, found }) => (
              <li key={key}>
                {names[key] ?? key}: {valueText(key, expected)} then, {valueText(key, found)} now
              </li>
            ))}
          </ul>
        )}
        {first && differences.length === 0 && (
          <p className="dim">
            Nothing that is recorded differs: the backend may not be repeatable on this machine.
          </p>
        )}
      </div>
    </section>
  )
}
