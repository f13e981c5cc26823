import { ActionIcon, Button, TextInput } from '@mantine/core'
import { Crown, X } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { useLocation } from 'wouter'
import type { ModelVersion } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { notify, notifyError } from '../../components/notices.tsx'
import { promotionPath } from './model-names.ts'

/** Points aliases at a version and takes them away. Each change is recorded in the audit log. */
export function AliasEditor({ version, onChanged }: { version: ModelVersion; onChanged: () => void }) {
  const [, navigate] = useLocation()
  const [name, setName] = useState('')
  const set = async (alias: string, target: number | null) => {
    try {
      await call('models.setAlias', { model: version.model, alias, version: target })
      notify({
        kind: 'success',
        message:
          target === null
            ? `${version.model} has no ${alias} any more.`
            : `${version.model}@${alias} is version ${target} now.`,
      })
      onChanged()
    } catch (cause) {
      notifyError(cause)
    }
  }
  const add = (event: FormEvent) => {
    event.preventDefault()
    if (name.trim() === '') return
    void set(name.trim(), version.version)
    setName('')
  }
  return (
    <div className="alias-editor">
      {version.aliases.length > 0 && (
        <ul className="alias-list" aria-label="Aliases">
          {version.aliases.map((alias) => (
            <li key={alias}>
              <code className="mono">@{alias}</code>
              <ActionIcon
                size={20}
                aria-label={`Remove the alias ${alias}`}
                onClick={() => void set(alias, null)}
              >
                <X size={12} />
              </ActionIcon>
            </li>
          ))}
        </ul>
      )}
      {!version.aliases.includes('champion') && (
        <Button
          variant="light"
          leftSection={<Crown size={14} />}
          disabled={version.status === 'damaged'}
          onClick={() => navigate(promotionPath(version.model, version.version, 'champion'))}
        >
          Promote to champion
        </Button>
      )}
      <form onSubmit={add} className="alias-form">
        <TextInput
          aria-label="New alias"
          placeholder="New alias"
          value={name}
          maxLength={200}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" disabled={name.trim() === ''}>
          Add
        </Button>
      </form>
    </div>
  )
}
