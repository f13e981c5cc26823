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

/** Where the uncommitted changes lie that a training here, or a script, has kept. */
export const diffPath = 'git/uncommitted.diff'

function changesOf(run: Run): string | undefined {
  const dirty = run.tags['mlflow.source.git.dirty']
  const kept = run.artifacts.some(({ path }) => path === diffPath)
  if (kept)
    return `yes: ${diffPath} under Artifacts${run.tags['git.diffCut'] === 'true' ? ', its first megabyte' : ''}`
  return dirty === undefined
    ? undefined
    : dirty.toLowerCase() === 'true'
      ? 'yes, which were not kept'
      : 'none'
}

/** From which code the run came, as whoever logged it says; and that nothing is known of it. */
export function CodeSection({ run }: { run: Run }) {
  const tag = (name: string) => run.tags[`mlflow.source.${name}`]
  // Runs of earlier versions have them without a prefix.
  const commit = tag('git.commit') ?? run.tags['git.commit']
  const dataCommit = run.tags['dataset.git.commit']
  return (
    <Section title="Code">
      <Facts
        items={[
          ['Commit', commit && <HashText key="commit" value={commit} label="commit" />],
          ['Branch', tag('git.branch')],
          ['Uncommitted changes', changesOf(run)],
          ['Repository', tag('git.repoURL')],
          ['Started by', tag('name')],
          [
            "Dataset's commit",
            dataCommit && <HashText key="data" value={dataCommit} label="commit of the dataset" />,
          ],
          ["Dataset's branch", run.tags['dataset.git.branch']],
        ]}
      />
      {!commit && (
        <p className="dim">
          {run.jobId !== null
            ? 'No commit is recorded: it was started from the window, or from a folder that is not under git.'
            : 'No commit is recorded: whoever logged this run named none.'}
        </p>
      )}
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
