import { ActionIcon, Button, TextInput } from '@mantine/core'
import { X } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { Run } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { BreakableName } from '../../components/breakable-name.tsx'
import { notifyError } from '../../components/notices.tsx'
import { Section } from '../../components/section.tsx'
import { noteTag } from './note-section.tsx'

/** A key and a value, to be set on one run or on several. */
export function TagForm(props: { action: string; onSet: (key: string, value: string) => Promise<void> }) {
  const [key, setKey] = useState('')
  const [value, setValue] = useState('')
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    try {
      await props.onSet(key.trim(), value)
      setKey('')
      setValue('')
    } catch (cause) {
      notifyError(cause)
    }
  }
  return (
    <form onSubmit={submit} className="tag-form">
      <TextInput
        aria-label="Tag"
        placeholder="tag"
        value={key}
        maxLength={250}
        onChange={(event) => setKey(event.currentTarget.value)}
      />
      <TextInput
        aria-label="Value of the tag"
        placeholder="value"
        value={value}
        maxLength={8_000}
        onChange={(event) => setValue(event.currentTarget.value)}
      />
      <Button type="submit" variant="default" disabled={key.trim() === ''}>
        {props.action}
      </Button>
    </form>
  )
}

/** The tags of a run, each removable, and a form for another one; setting one that is there replaces it. */
export function TagsSection({ run, onChanged }: { run: Run; onChanged: () => void }) {
  const tags = Object.entries(run.tags).filter(([key]) => key !== noteTag)
  const set = async (key: string, value: string | null) => {
    await call('runs.setTags', { runIds: [run.id], tags: { [key]: value } })
    onChanged()
  }
  return (
    <Section title="Tags">
      {tags.length > 0 && (
        <ul className="tag-list" aria-label="Tags">
          {tags.map(([key, value]) => (
            <li key={key}>
              <span>
                <BreakableName name={key} />
              </span>
              <span title={value}>{value}</span>
              <ActionIcon
                size={20}
                aria-label={`Remove the tag ${key}`}
                onClick={() => set(key, null).catch(notifyError)}
              >
                <X size={12} />
              </ActionIcon>
            </li>
          ))}
        </ul>
      )}
      <TagForm action="Set" onSet={set} />
    </Section>
  )
}
