import { ActionIcon, Button, TextInput } from '@mantine/core'
import { X } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { ModelVersion, ProcedureInput } from '../../../../../core/contract/index.ts'
import { call } from '../../../client/rpc.ts'
import { notifyError } from '../../../components/notices.tsx'
import { Section } from '../../../components/section.tsx'
import { useQuery } from '../../../components/use-query.ts'
import { versionReference } from '../model-names.ts'

/** The description and the tags of a version; MLflow's clients see the same. */
export function VersionTags({ version }: { version: ModelVersion }) {
  const reference = versionReference(version)
  const query = useQuery(
    'models.facts',
    { reference },
    { refreshOn: (event) => event.type === 'model.changed' && event.model === version.model },
  )
  const [tag, setTag] = useState('')
  const facts = query.data
  const set = async (change: Omit<ProcedureInput<'models.setFacts'>, 'reference'>) => {
    try {
      query.set(await call('models.setFacts', { reference, ...change }))
      return true
    } catch (cause) {
      notifyError(cause)
      return false
    }
  }
  const add = async (event: FormEvent) => {
    event.preventDefault()
    const [key = '', ...value] = tag.split('=')
    if (key.trim() === '') return
    if (await set({ tags: { [key.trim()]: value.join('=').trim() } })) setTag('')
  }
  return (
    <Section title="Description and tags">
      {facts && (
        <TextInput
          key={facts.description}
          aria-label="Description"
          placeholder="What it is for, in a sentence"
          defaultValue={facts.description}
          onBlur={(event) => {
            const description = event.currentTarget.value.trim()
            if (description !== facts.description) void set({ description })
          }}
          onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
        />
      )}
      <div className="version-tags">
        <ul className="alias-list" aria-label="Tags">
          {Object.entries(facts?.tags ?? {}).map(([key, value]) => (
            <li key={key} title={value}>
              <span className="truncate">
                {key}
                {value !== '' && `: ${value}`}
              </span>
              <ActionIcon
                size={20}
                aria-label={`Remove the tag ${key}`}
                onClick={() => void set({ tags: { [key]: null } })}
              >
                <X size={12} />
              </ActionIcon>
            </li>
          ))}
        </ul>
        <form onSubmit={add} className="alias-form">
          <TextInput
            aria-label="New tag"
            placeholder="name=value"
            value={tag}
            onChange={(event) => setTag(event.currentTarget.value)}
          />
          <Button type="submit" variant="default" disabled={tag.trim() === ''}>
            Add tag
          </Button>
        </form>
      </div>
    </Section>
  )
}
