import { Button, Popover } from '@mantine/core'
import { Bookmark } from 'lucide-react'
import { useState } from 'react'
import { NamedList } from './named-list.tsx'
import { type SavedView, storedViews, storeViews, type TableShape } from './table-state.ts'

/** Keeps the table's search, order, groups and columns under names, and brings them back. */
export function SavedViews(props: { query: string; shape: TableShape; onView: (view: SavedView) => void }) {
  const [views, setViews] = useState(storedViews)
  const [opened, setOpened] = useState(false)
  const keep = (next: SavedView[]) => {
    setViews(next)
    storeViews(next)
  }
  const save = (name: string) => {
    const view = { name, query: props.query, shape: props.shape }
    keep([...views.filter((other) => other.name !== name), view])
    return true
  }
  return (
    <Popover position="bottom-start" shadow="md" trapFocus opened={opened} onChange={setOpened}>
      <Popover.Target>
        <Button
          variant="default"
          leftSection={<Bookmark size={14} />}
          onClick={() => setOpened((before) => !before)}
        >
          Views
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Saved views">
        <NamedList
          noun="view"
          label="Views"
          mostCharacters={100}
          saveWord="Save"
          deleteWord="Forget"
          items={views}
          emptyText="Search, sort and choose columns, then save it all under a name."
          onSave={save}
          onPick={(view) => {
            props.onView(view)
            setOpened(false)
          }}
          onDelete={(view) => keep(views.filter((other) => other !== view))}
        />
      </Popover.Dropdown>
    </Popover>
  )
}
