import { MultiSelect } from '@mantine/core'
import { useMemo } from 'react'
import type { Run } from '../../../../../core/contract/index.ts'
import { useUrlState } from '../url-state.ts'

const chosenAtMost = 6

/** The runs whose files are looked at: those of the address, or the first two that have files. */
export function useChosenRuns(runs: readonly Run[]): readonly Run[] {
  const asked = useUrlState().get('beside')
  return useMemo(() => {
    const byId = new Map(runs.map((run) => [run.id, run]))
    const named = (asked ?? '').split(',').flatMap((id) => byId.get(id) ?? [])
    if (named.length > 0) return named.slice(0, chosenAtMost)
    const withFiles = runs.filter(({ artifacts }) => artifacts.length > 0)
    return (withFiles.length > 1 ? withFiles : runs).slice(0, 2)
  }, [runs, asked])
}

/** Chooses the runs that stand side by side; the first is the one that others are held against. */
export function RunChoice({ runs, chosen }: { runs: readonly Run[]; chosen: readonly Run[] }) {
  const url = useUrlState()
  return (
    <MultiSelect
      label="Runs side by side"
      description={`Up to ${chosenAtMost}. The others are held against the first.`}
      className="run-choice"
      searchable
      limit={100}
      maxValues={chosenAtMost}
      value={chosen.map(({ id }) => id)}
      onChange={(ids) => url.set({ beside: ids.join(',') })}
      data={runs.map(({ id, name }) => ({ value: id, label: name }))}
    />
  )
}
