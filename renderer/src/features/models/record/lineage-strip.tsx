import {
  Database,
  FileInput,
  FileOutput,
  LineChart,
  type LucideIcon,
  Package,
  Rocket,
  Server,
} from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { ModelVersion } from '../../../../../core/contract/index.ts'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { Section } from '../../../components/section.tsx'
import { TimeText } from '../../../components/time-text.tsx'
import { useQuery } from '../../../components/use-query.ts'
import { versionReference } from '../model-names.ts'

function Node({ icon: Icon, name, fact }: { icon: LucideIcon; name: ReactNode; fact: ReactNode }) {
  return (
    <span className="strip-node">
      <Icon size={14} aria-hidden />
      <span className="strip-name truncate">{name}</span>
      <span className="dim strip-fact truncate">{fact}</span>
    </span>
  )
}

/** Dataset version, run, version, and its exports and deployments, from left to right. */
export function LineageStrip({ version }: { version: ModelVersion }) {
  const query = useQuery(
    'models.lineage',
    { reference: versionReference(version) },
    {
      refreshOn: (event) =>
        (event.type === 'model.changed' && event.model === version.model) || event.type === 'job.ended',
    },
  )
  const lineage = query.data
  if (query.error && !lineage) return <ErrorPanel error={query.error} retry={query.reload} />
  if (!lineage) return null
  const { dataset, run, importedFrom, exports, deployments } = lineage
  return (
    <Section title="Lineage">
      <ol className="lineage-strip" aria-label="Lineage of the version">
        {dataset && (
          <li>
            <Node
              icon={Database}
              name={
                dataset.id ? <Link href={`/data/${dataset.id}/history`}>{dataset.label}</Link> : dataset.label
              }
              fact={dataset.id ? 'dataset version' : 'dataset, not here'}
            />
          </li>
        )}
        {run && (
          <li>
            <Node icon={LineChart} name={<Link href={`/runs/${run.id}`}>{run.name}</Link>} fact="run" />
          </li>
        )}
        {importedFrom !== null && (
          <li>
            <Node icon={FileInput} name={importedFrom} fact="imported file" />
          </li>
        )}
        <li aria-current="true">
          <Node
            icon={Package}
            name={`${version.model}, version ${version.version}`}
            fact={version.aliases.map((alias) => `@${alias}`).join(' ') || 'model version'}
          />
        </li>
        {exports.length > 0 && (
          <li>
            <ul className="strip-exports" aria-label="Exports">
              {exports.slice(0, 5).map(({ kind, form, path, at }) => (
                <li key={`${at} ${path}`} title={path}>
                  <Node
                    icon={kind === 'bundle' ? Rocket : FileOutput}
                    name={path.split(/[/\\]/).pop() || path}
                    fact={
                      <>
                        {kind === 'bundle' ? `${form} bundle` : form}, <TimeText at={at} />
                      </>
                    }
                  />
                </li>
              ))}
              {exports.length > 5 && <li className="dim">and {exports.length - 5} older ones</li>}
            </ul>
          </li>
        )}
        {deployments.length > 0 && (
          <li>
            <ul className="strip-exports" aria-label="Deployments">
              {deployments.map(({ id, reference, place, state, at }) => (
                <li key={id}>
                  <Node
                    icon={Server}
                    name={<Link href={`/serve/local?id=${encodeURIComponent(id)}`}>{reference}</Link>}
                    fact={
                      <>
                        {place === 'container' ? 'container' : 'served here'}, {state}, <TimeText at={at} />
                      </>
                    }
                  />
                </li>
              ))}
            </ul>
          </li>
        )}
      </ol>
    </Section>
  )
}
