import { Select } from '@mantine/core'
import { useMemo } from 'react'
import type { RunColumn } from './run-columns.ts'

const attributes = ['dataset', 'status', 'experiment', 'user']

/** Chooses what runs are grouped by: a param, a tag or an attribute. */
export function GroupChooser(props: {
  columns: readonly RunColumn[]
  value: string | null
  onChange: (id: string | null) => void
}) {
  const { columns } = props
  const data = useMemo(() => {
    const items = (keep: (column: RunColumn) => boolean) =>
      columns.filter(keep).map(({ id, title }) => ({ value: id, label: title }))
    return [
      { group: 'Run', items: items(({ id }) => attributes.includes(id)) },
      { group: 'Params', items: items(({ id }) => id.startsWith('params.')) },
      { group: 'Tags', items: items(({ group }) => group === 'Tag') },
    ]
  }, [columns])
  return (
    <Select
      aria-label="Group by"
      placeholder="No groups"
      w={140}
      data={data}
      value={props.value}
      onChange={props.onChange}
      clearable
      clearButtonProps={{ 'aria-label': 'No groups' }}
      searchable
      limit={100}
      maxDropdownHeight={320}
    />
  )
}
