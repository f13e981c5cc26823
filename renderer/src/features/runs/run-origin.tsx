import type { Run } from '../../../../core/contract/index.ts'
import { HashText } from '../../components/hash-text.tsx'
import { Facts } from '../../components/inspector.tsx'
import { Section } from '../../components/section.tsx'
import { useQuery } from '../../components/use-query.ts'

const contextTag = 'mlflow.data.context'

/** The datasets that a run says it read. */
export function InputsSection({ runId }: { runId: string }) {
  const inputs = useQuery('runs.inputs', { runId })
  if (!inputs.data || inputs.data.length === 0) return null
  return (
    <Section title="Inputs">
      {inputs.data.map(({ name, digest, source, sourceType, profile, tags }) => (
        <Facts
          key={`${name} ${digest} ${tags[contextTag] ?? ''}`}
          items={[
            [tags[contextTag] ?? 'dataset', name],
            ['Digest', <HashText key="digest" value={digest} label="digest" />],
            ['Source', source === '' ? sourceType : `${sourceType}: ${source}`],
            ['Profile', profile],
          ]}
        />
      ))}
    </Section>
  )
}

/** From which code the run came, as whoever logged it says. */
export function CodeSection({ run }: { run: Run }) {
  const tag = (name: string) => run.tags[`mlflow.source.${name}`]
  const commit = tag('git.commit')
  const items: Parameters<typeof Facts>[0]['items'] = [
    ['Commit', commit && <HashText key="commit" value={commit} label="commit" />],
    ['Branch', tag('git.branch')],
    ['Repository', tag('git.repoURL')],
    ['Started by', tag('name')],
  ]
  if (items.every(([, value]) => !value)) return null
  return (
    <Section title="Code">
      <Facts items={items} />
    </Section>
  )
}

const written = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value, null, 1)

/** Packages, hardware and system; long parts are folded. */
export function EnvironmentSection({ run, params }: { run: Run; params: Record<string, string> }) {
  const entries = [...Object.entries(run.environment ?? {}), ...Object.entries(params)].map(
    ([name, value]) => [name, written(value)] as const,
  )
  if (entries.length === 0) return null
  const isLong = (text: string) => text.length > 120
  return (
    <Section title="Environment">
      <Facts items={entries.filter(([, text]) => !isLong(text)).map(([name, text]) => [name, text])} />
      {entries
        .filter(([, text]) => isLong(text))
        .map(([name, text]) => (
          <details key={name}>
            <summary>{name}</summary>
            <pre className="environment-part">{text}</pre>
          </details>
        ))}
    </Section>
  )
}
