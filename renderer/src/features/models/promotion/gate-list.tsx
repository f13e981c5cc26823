import { CircleCheck, CircleX } from 'lucide-react'
import type { GateResult } from '../../../../../core/contract/index.ts'

/** What each gate found, those that failed first. */
export function GateList({ results }: { results: readonly GateResult[] }) {
  const sorted = [...results].sort((a, b) => Number(a.passed) - Number(b.passed))
  return (
    <ul className="gate-list" aria-label="Gates">
      {sorted.map(({ rule, words, passed, message }) => {
        const Icon = passed ? CircleCheck : CircleX
        return (
          <li key={JSON.stringify(rule)} data-passed={passed}>
            <Icon size={15} aria-hidden />
            <span>
              <strong>{passed ? 'Passed' : 'Failed'}</strong>: {words}
              <span className="gate-message dim">{message}</span>
            </span>
          </li>
        )
      })}
    </ul>
  )
}
