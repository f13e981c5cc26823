import { ActionIcon, CloseButton, Select, TextInput } from '@mantine/core'
import { ArrowDownWideNarrow, ArrowUpNarrowWide, Search } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { SampleFilter } from './sample-filter.ts'

/** While the person types, the list waits this long for the next letter. */
const pauseMs = 200

/** Finds pictures by a part of their path or transcription. */
export function SampleSearch({
  title = 'Find in paths and texts',
  value,
  onChange,
}: {
  title?: string
  value: string
  onChange: (search: string) => void
}) {
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  useEffect(() => {
    if (text === value) return
    const timer = setTimeout(() => onChange(text), pauseMs)
    return () => clearTimeout(timer)
  }, [text, value, onChange])
  return (
    <TextInput
      className="sample-search"
      aria-label={title}
      placeholder={title}
      leftSection={<Search size={14} />}
      rightSection={
        text === '' ? null : (
          <CloseButton size="sm" aria-label="Clear the search" onClick={() => onChange('')} />
        )
      }
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
    />
  )
}

const sortWords: Record<SampleFilter['sort'], string> = {
  path: 'Path',
  label: 'Class',
  pixels: 'Size, px',
  bytes: 'Bytes',
  value: 'Value',
  'text-length': 'Length of text',
  finding: 'As found',
}

export function SampleSort({
  sort,
  descending,
  finding,
  onChange,
}: Pick<SampleFilter, 'sort' | 'descending' | 'finding'> & {
  onChange: (sort: SampleFilter['sort'], descending: boolean) => void
}) {
  return (
    <div className="sample-sort">
      <Select
        aria-label="Sort by"
        allowDeselect={false}
        data={Object.entries(sortWords)
          .filter(([value]) => value !== 'finding' || finding !== null)
          .map(([value, label]) => ({ value, label }))}
        value={sort}
        onChange={(value) => value !== null && onChange(value as SampleFilter['sort'], descending)}
      />
      <ActionIcon
        variant="default"
        size={28}
        aria-label={descending ? 'Sort ascending' : 'Sort descending'}
        title={descending ? 'Descending' : 'Ascending'}
        onClick={() => onChange(sort, !descending)}
      >
        {descending ? <ArrowDownWideNarrow size={14} /> : <ArrowUpNarrowWide size={14} />}
      </ActionIcon>
    </div>
  )
}
