import { NumberInput, Select, Textarea, TextInput, UnstyledButton } from '@mantine/core'
import { type KeyboardEvent, type RefObject, useEffect, useState } from 'react'
import type { BrowsedSample, SampleChange, Subset } from '../../../../../core/contract/index.ts'
import { subsets, subsetWords } from '../subsets.ts'
import './labelling.css'

/** What a sample carries, to be edited. A field is saved when it is left; Enter in the text goes to the next sample. */
export function SampleFields({
  sample,
  textField,
  subsetFixed,
  onEdit,
  onPick,
  onNext,
}: {
  sample: BrowsedSample
  textField: RefObject<HTMLTextAreaElement | null>
  /** The split on view is not the version's own: its subsets are not the draft's. */
  subsetFixed: boolean
  onEdit: (set: SampleChange) => void
  onPick: () => void
  onNext: () => void
}) {
  const [text, setText] = useState(sample.text ?? '')
  const [value, setValue] = useState<number | string>(sample.value ?? '')
  const [group, setGroup] = useState(sample.group ?? '')
  // Undo, or another window, may change them.
  useEffect(() => setText(sample.text ?? ''), [sample.text])
  useEffect(() => setValue(sample.value ?? ''), [sample.value])
  useEffect(() => setGroup(sample.group ?? ''), [sample.group])
  const saveText = () => {
    if (text !== (sample.text ?? '')) onEdit({ text: text === '' && sample.text === null ? null : text })
  }
  const saveValue = () => {
    const next = value === '' ? null : Number(value)
    if (next !== sample.value && (next === null || Number.isFinite(next))) onEdit({ value: next })
  }
  const saveGroup = () => {
    if (group !== (sample.group ?? '')) onEdit({ group: group === '' ? null : group })
  }
  // Esc leaves the field, not the large view.
  const leave = (event: KeyboardEvent<HTMLElement>, undo: () => void) => {
    if (event.key !== 'Escape') return
    event.stopPropagation()
    event.nativeEvent.stopImmediatePropagation()
    undo()
    event.currentTarget.closest<HTMLElement>('.large-side')?.focus()
  }
  return (
    <div className="sample-fields">
      <div>
        <span className="field-name" id="sample-class">
          Class
        </span>
        <UnstyledButton className="class-button" aria-describedby="sample-class" onClick={onPick}>
          <span className="truncate">{sample.label === '' ? 'no class' : sample.label}</span>
          <kbd className="label-key">L</kbd>
        </UnstyledButton>
      </div>
      <Textarea
        ref={textField}
        label="Text"
        autosize
        minRows={1}
        maxRows={8}
        dir="auto"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onBlur={saveText}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
            event.preventDefault()
            saveText()
            onNext()
          } else leave(event, () => setText(sample.text ?? ''))
        }}
      />
      <div className="sample-fields-row">
        <NumberInput
          label="Value"
          hideControls
          value={value}
          onChange={setValue}
          onBlur={saveValue}
          onKeyDown={(event) => {
            if (event.key === 'Enter') saveValue()
            else leave(event, () => setValue(sample.value ?? ''))
          }}
        />
        <TextInput
          label="Group"
          value={group}
          onChange={(event) => setGroup(event.currentTarget.value)}
          onBlur={saveGroup}
          onKeyDown={(event) => {
            if (event.key === 'Enter') saveGroup()
            else leave(event, () => setGroup(sample.group ?? ''))
          }}
        />
      </div>
      <Select
        label="Subset"
        description={subsetFixed ? 'Of another split than the version’s own.' : undefined}
        disabled={subsetFixed}
        allowDeselect={false}
        data={subsets.map((subset) => ({ value: subset, label: subsetWords[subset] }))}
        value={sample.subset}
        onChange={(subset) => subset !== null && onEdit({ subset: subset as Subset })}
      />
    </div>
  )
}
