import { Database, FolderInput, LineChart, type LucideIcon, Package } from 'lucide-react'
import { useMemo } from 'react'
import { Link } from 'wouter'
import { describeStep, type LineageVersion, type VersionLineage } from '../../../../../core/contract/index.ts'
import { plural } from '../../../components/format.ts'
import { type LineageNode, layOutLineage } from './lineage-layout.ts'

const node = { width: 216, height: 76 }
const gap = { x: 40, y: 14 }
const margin = 4

const icons: Record<LineageNode['kind'], LucideIcon> = {
  source: FolderInput,
  version: Database,
  run: LineChart,
  more: LineChart,
  model: Package,
}

const leftOf = (column: number): number => margin + column * (node.width + gap.x)
const topOf = (row: number): number => margin + row * (node.height + gap.y)

/** What a version was made by, in words, shortly and in full. */
export function madeBy({ steps, source, parents }: LineageVersion): { short: string; full: string } {
  const words = steps.map(describeStep)
  const [first] = words
  if (first === undefined)
    return parents.length > 0
      ? { short: `Made by ${source.importer}`, full: `Made by ${source.importer} from ${source.location}` }
      : {
          short: `Imported (${source.importer})`,
          full: `Imported as ${source.importer} from ${source.location}`,
        }
  return {
    short: words.length === 1 ? first : `${first}, and ${words.length - 1} more`,
    full: words.map((step, index) => `${index + 1}. ${step}`).join('\n'),
  }
}

const lastPart = (location: string): string =>
  location
    .replace(/[/\\]+$/, '')
    .split(/[/\\]/)
    .pop() || location

interface NodeText {
  href: string | null
  title: string
  /** Shortened where it is too long; `mark` never is. */
  name: string
  mark: string
  fact: string
}

function textOf({ kind, index }: LineageNode, { versions, runs, models }: VersionLineage): NodeText {
  if (kind === 'run') {
    const run = runs[index]
    const split = run?.split && run.split !== 'default' ? `, split ${run.split}` : ''
    const fact = `${run?.status.toLowerCase()}${split}`
    const name = run?.name ?? ''
    return { href: `/runs/${run?.id}`, title: `Run ${name}: ${fact}`, name, mark: '', fact }
  }
  if (kind === 'model') {
    const model = models[index]
    const name = model?.model ?? ''
    return {
      href: `/models/${encodeURIComponent(name)}`,
      title: `Model ${name}, version ${model?.version}`,
      name,
      mark: `v${model?.version}`,
      fact: model?.aliases.map((alias) => `@${alias}`).join(' ') || 'registered',
    }
  }
  if (kind === 'more')
    return {
      href: '/runs',
      title: 'See all runs',
      name: plural(index, 'more run'),
      mark: '',
      fact: 'in the list of runs',
    }
  const version = versions[index]
  if (!version) return { href: null, title: '', name: '', mark: '', fact: '' }
  if (kind === 'source') {
    const deleted = version.parents.length > 0
    return {
      href: null,
      title: deleted ? 'The version it was made from was deleted' : version.source.location,
      name: lastPart(version.source.location),
      mark: '',
      fact: deleted ? 'deleted' : version.source.importer,
    }
  }
  const { short, full } = madeBy(version)
  return {
    href: `/data/${version.id}`,
    title: `${version.datasetName}, version ${version.number}\n${full}${version.note ? `\n${version.note}` : ''}`,
    name: version.datasetName,
    mark: `v${version.number}`,
    fact: `${plural(version.sampleCount, 'picture')} · ${short}`,
  }
}

/** Source, versions, runs and models as boxes from left to right; each is a link. */
export function LineageGraph({ lineage, current }: { lineage: VersionLineage; current: string }) {
  const drawing = useMemo(() => layOutLineage(lineage), [lineage])
  const places = new Map(drawing.nodes.map((one) => [one.id, one]))
  const width = leftOf(drawing.columns) - gap.x + margin
  const height = topOf(drawing.rows) - gap.y + margin
  return (
    <div className="lineage-scroll">
      <div className="lineage" style={{ width, height }}>
        <svg width={width} height={height} aria-hidden>
          {drawing.links.map(({ from, to }) => {
            const [a, b] = [places.get(from), places.get(to)]
            if (!a || !b) return null
            const [x0, y0] = [leftOf(a.column) + node.width, topOf(a.row) + node.height / 2]
            const [x1, y1] = [leftOf(b.column), topOf(b.row) + node.height / 2]
            const bend = x0 + gap.x / 2
            return <path key={`${from} ${to}`} d={`M${x0} ${y0} C${bend} ${y0} ${bend} ${y1} ${x1} ${y1}`} />
          })}
        </svg>
        {[...drawing.nodes]
          .sort((a, b) => a.row - b.row || a.column - b.column)
          .map((one) => {
            const { href, title, name, mark, fact } = textOf(one, lineage)
            const Icon = icons[one.kind]
            const content = (
              <>
                <Icon size={14} aria-hidden />
                <span className="lineage-name">
                  <span className="truncate">{name}</span> {mark}
                </span>
                <span className="lineage-fact dim">{fact}</span>
              </>
            )
            const shared = {
              className: 'lineage-node',
              'data-kind': one.kind,
              title,
              style: {
                left: leftOf(one.column),
                top: topOf(one.row),
                width: node.width,
                height: node.height,
              },
            }
            return href === null ? (
              <div key={one.id} {...shared}>
                {content}
              </div>
            ) : (
              <Link
                key={one.id}
                href={href}
                {...shared}
                {...(one.id === current ? { 'aria-current': 'true' as const } : {})}
              >
                {content}
              </Link>
            )
          })}
      </div>
    </div>
  )
}
