import { Modal, TextInput } from '@mantine/core'
import { type KeyboardEvent, useId, useRef, useState } from 'react'
import { formatNumber, plural } from '../../../components/format.ts'
import type { NamedClass } from './all-classes.ts'
import './labelling.css'

const shownAtMost = 200

/** Asks for a class by its name: those there are, a new one, or none. Enter takes the one that is marked. */
export function ClassPicker({
  title,
  classes,
  onPick,
  onClose,
}: {
  title: string
  classes: readonly NamedClass[]
  onPick: (label: string) => void
  onClose: () => void
}) {
  const [wanted, setWanted] = useState('')
  const [marked, setMarked] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const id = useId()
  const name = wanted.trim()
  const small = name.toLowerCase()
  const names = classes.filter(({ label }) => label !== '')
  const found = names
    .filter(({ label }) => label.toLowerCase().includes(small))
    .sort(
      (a, b) =>
        Number(b.label.toLowerCase().startsWith(small)) - Number(a.label.toLowerCase().startsWith(small)),
    )
    .slice(0, shownAtMost)
    .map(({ label, pictures, boxes }) => ({
      label,
      words: label,
      note: pictures === 0 && boxes > 0 ? plural(boxes, 'box', 'boxes') : formatNumber(pictures),
    }))
  const options = [
    ...found,
    ...(name !== '' && !names.some(({ label }) => label === name)
      ? [{ label: name, words: name, note: 'new class' }]
      : []),
    ...(name === '' ? [{ label: '', words: '(no class)', note: '' }] : []),
  ]
  const mark = (index: number) => {
    const next = (index + options.length) % options.length
    setMarked(next)
    list.current?.children[next]?.scrollIntoView({ block: 'nearest' })
  }
  const pick = (label: string) => {
    onClose()
    onPick(label)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const option = options[marked]
    if (event.key === 'ArrowDown') mark(marked + 1)
    else if (event.key === 'ArrowUp') mark(marked - 1)
    else if (event.key === 'Enter' && option) pick(option.label)
    else return
    event.preventDefault()
  }
  return (
    <Modal opened onClose={onClose} title={title} size="sm" closeButtonProps={{ 'aria-label': 'Close' }}>
      <TextInput
        data-autofocus
        aria-label="Class"
        placeholder="Name of a class, or a new one"
        role="combobox"
        aria-expanded
        aria-controls={id}
        aria-activedescendant={options.length > 0 ? `${id}-${marked}` : undefined}
        value={wanted}
        onChange={(event) => {
          setWanted(event.currentTarget.value)
          setMarked(0)
        }}
        onKeyDown={onKeyDown}
      />
      <div ref={list} id={id} role="listbox" aria-label="Classes" className="class-options">
        {options.map(({ label, words, note }, index) => (
          <div
            key={`${note} ${label}`}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === marked}
            className="class-option"
            onPointerMove={() => setMarked(index)}
            onClick={() => pick(label)}
            onKeyDown={onKeyDown}
          >
            <span className="truncate">{words}</span>
            <span className="dim tabular">{note}</span>
          </div>
        ))}
      </div>
    </Modal>
  )
}
