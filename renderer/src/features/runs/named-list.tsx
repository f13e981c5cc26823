import { ActionIcon, Button, TextInput } from '@mantine/core'
import { Trash2 } from 'lucide-react'
import { type FormEvent, useState } from 'react'

/** What is kept under names, to be brought back or given up, and a field for the name of another. */
export function NamedList<T extends { name: string }>(props: {
  /** One of them, for the field: `view`. */
  noun: string
  /** For screen readers. */
  label: string
  mostCharacters: number
  /** The button beside a name that is not there yet. */
  saveWord: string
  deleteWord: string
  /** Undefined until they are known. */
  items: readonly T[] | undefined
  emptyText: string
  /** Whether the name can leave the field: it was kept. */
  onSave: (name: string) => boolean | Promise<boolean>
  onPick: (item: T) => void
  onDelete: (item: T) => void
}) {
  const [name, setName] = useState('')
  const { items } = props
  const save = async (event: FormEvent) => {
    event.preventDefault()
    if (await props.onSave(name.trim())) setName('')
  }
  return (
    <>
      <form onSubmit={save} className="view-form">
        <TextInput
          aria-label={`Name of the ${props.noun}`}
          placeholder={`Name of this ${props.noun}`}
          value={name}
          maxLength={props.mostCharacters}
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
        />
        <Button type="submit" disabled={name.trim() === ''}>
          {items?.some((item) => item.name === name.trim()) ? 'Replace' : props.saveWord}
        </Button>
      </form>
      {items?.length === 0 && <p className="dim">{props.emptyText}</p>}
      {items !== undefined && items.length > 0 && (
        <ul className="view-list" aria-label={props.label}>
          {items.map((item) => (
            <li key={item.name}>
              <Button variant="subtle" justify="flex-start" onClick={() => props.onPick(item)}>
                {item.name}
              </Button>
              <ActionIcon
                size={24}
                aria-label={`${props.deleteWord} the ${props.noun} ${item.name}`}
                onClick={() => props.onDelete(item)}
              >
                <Trash2 size={14} />
              </ActionIcon>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
