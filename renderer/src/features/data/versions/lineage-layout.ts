import type { VersionLineage } from '../../../../../core/contract/index.ts'

export interface LineageNode {
  id: string
  kind: 'source' | 'version' | 'run' | 'model' | 'more'
  /** 0-based place in the grid: columns go with the time, rows are only apart. */
  column: number
  row: number
  /** Index into the lineage's list of its kind; for `more`, how many runs are not drawn. */
  index: number
}

export interface LineageLink {
  from: string
  to: string
}

export interface LineageDrawing {
  nodes: LineageNode[]
  links: LineageLink[]
  columns: number
  rows: number
}

/** Of one version; the rest is counted. */
const shownRuns = 5

interface Branch {
  id: string
  kind: LineageNode['kind']
  index: number
  children: Branch[]
}

/** The tree that is drawn: each version under its first parent. Other parents are links only. */
function growTree({ versions, runs, models }: VersionLineage): Branch[] {
  const known = new Set(versions.map(({ id }) => id))
  const runBranches = (versionId: string): Branch[] => {
    const own = runs.flatMap((run, index) => (run.versionId === versionId ? [{ run, index }] : []))
    // The newest, and those that became models, matter most.
    const ranked = [...own].sort(
      (a, b) =>
        Number(models.some(({ runId }) => runId === b.run.id)) -
          Number(models.some(({ runId }) => runId === a.run.id)) || b.index - a.index,
    )
    const shown = ranked.slice(0, shownRuns).map(({ run, index }): Branch => {
      const children = models.flatMap((model, at): Branch[] =>
        model.runId === run.id
          ? [{ id: `model ${model.model}/${model.version}`, kind: 'model', index: at, children: [] }]
          : [],
      )
      return { id: `run ${run.id}`, kind: 'run', index, children }
    })
    const rest = own.length - shown.length
    return rest > 0 ? [...shown, { id: `more ${versionId}`, kind: 'more', index: rest, children: [] }] : shown
  }
  const versionBranch = (index: number): Branch => {
    const id = versions[index]?.id ?? ''
    const children = versions.flatMap((child, at) =>
      child.parents.find((parent) => known.has(parent)) === id ? [at] : [],
    )
    return { id, kind: 'version', index, children: [...children.map(versionBranch), ...runBranches(id)] }
  }
  return versions.flatMap((version, index): Branch[] =>
    version.parents.some((parent) => known.has(parent))
      ? []
      : [{ id: `source ${version.id}`, kind: 'source', index, children: [versionBranch(index)] }],
  )
}

/** Where each version, run and model of a lineage is drawn: a parent stands in the row of its first child. */
export function layOutLineage(lineage: VersionLineage): LineageDrawing {
  const nodes: LineageNode[] = []
  const links: LineageLink[] = []
  let rows = 0
  const place = ({ id, kind, index, children }: Branch, column: number): number => {
    const taken = children.map((child) => {
      links.push({ from: id, to: child.id })
      return place(child, column + 1)
    })
    const row = taken[0] ?? rows++
    nodes.push({ id, kind, index, column, row })
    return row
  }
  for (const branch of growTree(lineage)) place(branch, 0)
  const drawn = new Set(nodes.map(({ id }) => id))
  for (const { id, parents } of lineage.versions)
    for (const parent of parents)
      if (drawn.has(parent) && !links.some((link) => link.from === parent && link.to === id))
        links.push({ from: parent, to: id })
  return { nodes, links, columns: Math.max(0, ...nodes.map(({ column }) => column + 1)), rows }
}
