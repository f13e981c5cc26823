import { ActionIcon, Button, Popover, TextInput } from '@mantine/core'
import { Bookmark, Trash2 } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { type SavedView, storedViews, storeViews, type TableShape } from './table-state.ts'

/** Keeps the table's search, order, groups and columns under names, and brings them back. */
export function SavedViews(props: { query: string; shape: TableShape; onView: (view: SavedView) => void }) {
  const [views, setViews] = useState(storedViews)
  const [opened, setOpened] = useState(false)
  const [name, setName] = useState('')
  const keep = (next: SavedView[]) => {
    setViews(next)
    storeViews(next)
  }
  const save = (event: FormEvent) => {
    event.preventDefault()
    const view = { name: name.trim(), query: props.query, shape: props.shape }
    keep([...views.filter((other) => other.name !== view.name), view])
    setName('')
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
        <form onSubmit={save} className="view-form">
          <TextInput
            aria-label="Name of the view"
            placeholder="Name of this view"
            value={name}
            maxLength={100}
            onChange={(event) => setName(event.currentTarget.value)}
            data-autofocus
          />
          <Button type="submit" disabled={name.trim() === ''}>
            {views.some((view) => view.name === name.trim()) ? 'Replace' : 'Save'}
          </Button>
        </form>
        {views.length === 0 ? (
          <p className="dim">Search, sort and choose columns, then save it all under a name.</p>
        ) : (
          <ul className="view-list" aria-label="Views">
            {views.map((view) => (
              <li key={view.name}>
                <Button
                  variant="subtle"
                  justify="flex-start"
                  onClick={() => {
                    props.onView(view)
                    setOpened(false)
                  }}
                >
                  {view.name}
                </Button>
                <ActionIcon
                  size={24}
                  aria-label={`Forget the view ${view.name}`}
                  onClick={() => keep(views.filter((other) => other !== view))}
                >
                  <Trash2 size={14} />
                </ActionIcon>
              </li>
            ))}
          </ul>
        )}
      </Popover.Dropdown>
    </Popover>
  )
}
