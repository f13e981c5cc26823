import { describe, expect, it } from 'vitest'
import type { VersionLineage } from '../../../../../core/contract/index.ts'
import { layOutLineage } from './lineage-layout.ts'

const version = (id: string, parents: string[] = []): VersionLineage['versions'][number] => ({
  id,
  datasetId: 'd',
  datasetName: 'digits',
  number: 1,
  digest: id,
  sampleCount: 1,
  labelCount: 1,
  createdAt: 0,
  tags: [],
  note: '',
  source: { importer: 'idx', location: '/x' },
  parents,
  steps: [],
})
const run = (id: string, versionId: string): VersionLineage['runs'][number] => ({
  id,
  name: id,
  status: 'FINISHED',
  versionId,
  split: null,
})

describe('the drawing of a lineage', () => {
  it('goes from the source over versions and runs to models, no two in one place', () => {
    const { nodes, links, rows } = layOutLineage({
      versions: [version('a'), version('b', ['a']), version('c', ['a']), version('d', ['b', 'c'])],
      runs: [run('r', 'd')],
      models: [{ model: 'm', version: 1, aliases: [], runId: 'r' }],
    })
    const columnOf = (id: string) => nodes.find((node) => node.id === id)?.column
    expect(['source a', 'a', 'b', 'd', 'run r', 'model m/1'].map(columnOf)).toEqual([0, 1, 2, 3, 4, 5])
    expect(new Set(nodes.map(({ row, column }) => `${row} ${column}`)).size).toBe(nodes.length)
    expect(links).toContainEqual({ from: 'c', to: 'd' })
    expect(rows).toBe(2)
  })

  it('counts runs that are too many to draw, and keeps those that became models', () => {
    const runs = Array.from({ length: 30 }, (_, n) => run(`r${n}`, 'a'))
    const { nodes } = layOutLineage({
      versions: [version('a')],
      runs,
      models: [{ model: 'm', version: 1, aliases: [], runId: 'r3' }],
    })
    expect(nodes.filter(({ kind }) => kind === 'run').map(({ id }) => id)).toContain('run r3')
    expect(nodes.find(({ kind }) => kind === 'more')?.index).toBe(25)
  })

  it('draws a version whose parent was deleted from its source', () => {
    const { nodes } = layOutLineage({ versions: [version('b', ['gone'])], runs: [], models: [] })
    expect(nodes.map(({ kind }) => kind).sort()).toEqual(['source', 'version'])
  })
})
