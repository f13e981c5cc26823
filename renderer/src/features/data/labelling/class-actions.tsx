import { Button, Group, Modal, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { SampleEdit } from '../../../../../core/contract/index.ts'
import type { NamedClass } from './all-classes.ts'
import './labelling.css'

/** What can be done with the classes that the list is filtered by: rename one, merge several. */
export function ClassActions({
  chosen,
  labels,
  onEdit,
}: {
  chosen: readonly string[]
  labels: readonly NamedClass[]
  /** `into`: the class that has the pictures then. */
  onEdit: (edit: SampleEdit, into: string) => void
}) {
  const [open, setOpen] = useState(false)
  const there = chosen.filter((label) => labels.some((one) => one.label === label))
  const [first] = there
  if (first === undefined || (there.length === 1 && first === '')) return null
  return (
    <div className="class-actions">
      <Button size="compact-xs" variant="default" onClick={() => setOpen(true)}>
        {there.length === 1 ? 'Rename the class' : `Merge ${there.length} classes`}
      </Button>
      {open && (
        <ClassNameDialog
          from={there}
          taken={new Set(labels.flatMap(({ label, total }) => (total > 0 ? label : [])))}
          onClose={() => setOpen(false)}
          onEdit={onEdit}
        />
      )}
    </div>
  )
}

function ClassNameDialog({
  from,
  taken,
  onClose,
  onEdit,
}: {
  from: readonly string[]
  taken: ReadonlySet<string>
  onClose: () => void
  onEdit: (edit: SampleEdit, into: string) => void
}) {
  const [first = ''] = from
  const [name, setName] = useState(first)
  const to = name.trim()
  const merges = from.length > 1 || (taken.has(to) && to !== first)
  const apply = () => {
    if (to === '' || (from.length === 1 && to === first)) return
    onClose()
    onEdit(
      merges
        ? { kind: 'merge-classes', from: [...from], into: to }
        : { kind: 'rename-class', from: first, to },
      to,
    )
  }
  return (
    <Modal
      opened
      onClose={onClose}
      size="sm"
      title={from.length === 1 ? `Rename the class “${first}”` : `Merge ${from.length} classes`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          apply()
        }}
      >
        <TextInput
          data-autofocus
          label="Name"
          description={
            merges && from.length === 1 ? 'There is a class of this name: the two become one.' : undefined
          }
          value={name}
          maxLength={500}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Group justify="flex-end" gap={8} mt={16}>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={to === '' || (from.length === 1 && to === first)}>
            {merges ? 'Merge' : 'Rename'}
          </Button>
        </Group>
      </form>
    </Modal>
  )
}
