import { Button } from '@mantine/core'
import { Check, ListChecks, X } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import type { DatasetVersion, RuleResult } from '../../../../../core/contract/index.ts'
import { Section } from '../../../components/section.tsx'
import { writeFilter } from '../sample-filter.ts'
import { nothingNarrowed } from './nothing-narrowed.ts'
import { RulesDialog } from './rules-dialog.tsx'

/** The rules of the dataset, and whether this version keeps them. */
export function RulesSection({
  version,
  results,
}: {
  version: DatasetVersion
  results: readonly RuleResult[]
}) {
  const [editing, setEditing] = useState(false)
  const broken = results.filter(({ holds }) => !holds).length
  return (
    <Section
      title={results.length === 0 ? 'Rules' : `Rules: ${broken === 0 ? 'all hold' : `${broken} broken`}`}
      actions={
        <Button
          variant="default"
          size="compact-xs"
          leftSection={<ListChecks size={13} />}
          onClick={() => setEditing(true)}
        >
          Edit rules
        </Button>
      }
    >
      {results.length === 0 ? (
        <p className="dim">
          No rules yet. A rule such as “at least 50 per class” or “no leakage” is asked of each version, and
          can keep a training from starting.
        </p>
      ) : (
        <ul className="rule-list">
          {results.map(({ rule, holds, words, problem, finding }) => (
            <li key={words} data-holds={holds}>
              {holds ? <Check size={14} aria-hidden /> : <X size={14} aria-hidden />}
              <div>
                <span className="visually-hidden">{holds ? 'Holds: ' : 'Broken: '}</span>
                {words}
                {rule.blocking && <span className="dim"> · training waits for it</span>}
                {problem !== '' && (
                  <p>
                    {problem}{' '}
                    {finding !== null && finding !== 'refused' && (
                      <Link
                        href={`/data/${version.id}${writeFilter({ ...nothingNarrowed, finding, sort: 'finding' })}`}
                      >
                        Show them.
                      </Link>
                    )}
                  </p>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
      {editing && <RulesDialog version={version} onClose={() => setEditing(false)} />}
    </Section>
  )
}
