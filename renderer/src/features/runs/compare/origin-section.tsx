import { memo, useMemo } from 'react'
import type { Run } from '../../../../../core/contract/index.ts'
import { keyed } from '../../../components/keyed.ts'
import { Section } from '../../../components/section.tsx'
import { CompareTable } from '../compare-tables.tsx'
import { FileView } from '../run-files/artifact-preview.tsx'
import { diffPath } from '../run-origin.tsx'
import { FilePair } from './file-pair.tsx'
import { originRows } from './origin-rows.ts'
import { TextDifferences } from './text-differences.tsx'
import './compare.css'

const isText = (value: string | null | undefined): value is string => value?.includes('\n') ?? false

const diffOf = (run: Run) => run.artifacts.find(({ path }) => path === diffPath)

/** The uncommitted changes that runs have kept as a file, each against the first run's. */
function Changes({ base, others }: { base: Run; others: readonly Run[] }) {
  const own = diffOf(base)
  return others.map((run) => {
    const theirs = diffOf(run)
    if (own?.hash === theirs?.hash) return null
    const names: [string, string] = [`Git diff: ${base.name}`, `Git diff: ${run.name}`]
    const only = own && !theirs ? base : run
    return (
      <div key={run.id} className="against">
        {own && theirs ? (
          <FilePair path={diffPath} hashes={[own.hash, theirs.hash]} names={names} mode="slider" />
        ) : (
          <>
            <p className="dim">
              Of {base.name} and {run.name} only {only.name} has kept uncommitted changes.
            </p>
            {[own, theirs].map(
              (file) =>
                file && <FileView key={file.hash} path={diffPath} hash={file.hash} bytes={file.bytes} />,
            )}
          </>
        )}
      </div>
    )
  })
}

/** Code, packages, hardware and system of runs: what differs; long texts, as a git diff, of the chosen ones line by line. */
export const OriginSection = memo(function OriginSection(props: {
  runs: readonly Run[]
  chosen: readonly Run[]
  onlyDifferences: boolean
}) {
  const { runs, chosen, onlyDifferences } = props
  const rows = useMemo(() => originRows(runs), [runs])
  const shown = onlyDifferences && runs.length > 1 ? rows.filter(({ differs }) => differs) : rows
  const lines = shown.filter(({ values }) => !values.some(isText))
  const [base, ...others] = chosen
  const texts = useMemo(
    () => originRows(chosen).filter(({ differs, values }) => differs && values.some(isText)),
    [chosen],
  )
  return (
    <Section title="Code and environment">
      {rows.length === 0 ? (
        <p className="dim">None of these runs says from which code it came or on what it ran.</p>
      ) : shown.length === 0 ? (
        <p className="dim">All {rows.length} facts of code and environment are equal.</p>
      ) : (
        lines.length > 0 && <CompareTable runs={runs} head="Fact" rows={lines} />
      )}
      {base &&
        texts.map(({ key, values: [first, ...values] }) =>
          keyed(others).map(({ key: place, item: run }, index) => (
            <div key={`${key} ${place}`} className="against">
              <TextDifferences
                title={key}
                before={first ?? ''}
                after={values[index] ?? ''}
                names={[`${key}: ${base.name}`, `${key}: ${run.name}`]}
              />
            </div>
          )),
        )}
      {base && <Changes base={base} others={others} />}
    </Section>
  )
})
