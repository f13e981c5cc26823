import { ActionIcon, Button, Group, Menu, Modal, NumberInput, Select, TextInput } from '@mantine/core'
import { Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { GateField, GateKind, GateRule } from '../../../../../core/contract/index.ts'
import { call } from '../../../client/rpc.ts'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { SkeletonRows } from '../../../components/skeleton-rows.tsx'
import { useQuery } from '../../../components/use-query.ts'

type Value = string | number

interface Draft {
  id: number
  rule: GateRule
}

function FieldInput({
  field,
  value,
  datasets,
  onChange,
}: {
  field: GateField
  value: Value
  datasets: readonly string[]
  onChange: (value: Value) => void
}) {
  const shared = { label: field.title, description: field.help }
  switch (field.kind) {
    case 'choice':
      return (
        <Select
          {...shared}
          allowDeselect={false}
          data={field.choices ?? []}
          value={String(value)}
          onChange={(chosen) => onChange(chosen ?? field.default)}
        />
      )
    case 'dataset':
      return (
        <Select
          {...shared}
          allowDeselect={false}
          data={[
            { value: '', label: 'What it was trained on' },
            ...[...new Set([...datasets, ...(value === '' ? [] : [String(value)])])].map((name) => ({
              value: name,
              label: name,
            })),
          ]}
          value={String(value)}
          onChange={(chosen) => onChange(chosen ?? '')}
        />
      )
    case 'text':
      return (
        <TextInput
          {...shared}
          value={String(value)}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )
    case 'number':
    case 'integer':
      return (
        <NumberInput
          {...shared}
          value={value}
          allowDecimal={field.kind === 'number'}
          {...(field.min === undefined ? {} : { min: field.min })}
          {...(field.max === undefined ? {} : { max: field.max })}
          onChange={onChange}
        />
      )
  }
}

function RuleForm({
  kind,
  rule,
  datasets,
  onChange,
  onRemove,
}: {
  kind: GateKind
  rule: GateRule
  datasets: readonly string[]
  onChange: (rule: GateRule) => void
  onRemove: () => void
}) {
  return (
    <li>
      <div className="gate-form-head">
        <strong>{kind.title}</strong>
        <ActionIcon size={22} aria-label={`Remove: ${kind.title}`} onClick={onRemove}>
          <Trash2 size={13} />
        </ActionIcon>
      </div>
      <p className="dim">{kind.description}</p>
      <div className="gate-fields">
        {kind.fields.map((field) => (
          <FieldInput
            key={field.key}
            field={field}
            datasets={datasets}
            value={rule.options[field.key] ?? field.default}
            onChange={(value) => onChange({ ...rule, options: { ...rule.options, [field.key]: value } })}
          />
        ))}
      </div>
    </li>
  )
}

/** Puts the gates of an alias together. */
export function GatesDialog({
  model,
  alias,
  onClose,
}: {
  model: string
  alias: string
  onClose: () => void
}) {
  const kinds = useQuery('models.gateKinds', {})
  const stored = useQuery('models.gates', { model })
  const sets = useQuery('datasets.list', {})
  const [edited, setEdited] = useState<Draft[] | null>(null)
  const [failure, setFailure] = useState<Error | null>(null)
  const [busy, setBusy] = useState(false)
  const rules = stored.data?.find((one) => one.alias === alias)?.rules ?? []
  const drafts = edited ?? rules.map(({ rule }, id) => ({ id, rule }))
  const datasets = (sets.data ?? []).flatMap(({ name, latest }) =>
    latest ? [`${name}@${latest.number}`] : [],
  )
  const error = kinds.error ?? stored.error

  const save = async () => {
    setBusy(true)
    setFailure(null)
    try {
      await call('models.setGates', { model, alias, rules: drafts.map(({ rule }) => rule) })
      onClose()
    } catch (cause) {
      setFailure(cause instanceof Error ? cause : new Error(String(cause)))
      setBusy(false)
    }
  }
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={`Gates of ${model}@${alias}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {error && <ErrorPanel error={error} retry={stored.reload} />}
      {!error && (!kinds.data || !stored.data) && <SkeletonRows rows={3} />}
      {kinds.data && stored.data && (
        <>
          <ul className="gate-forms" aria-label="Gates of the alias">
            {drafts.map(({ id, rule }) => {
              const kind = kinds.data?.find((one) => one.id === rule.gate)
              return (
                kind && (
                  <RuleForm
                    key={id}
                    kind={kind}
                    rule={rule}
                    datasets={datasets}
                    onChange={(next) =>
                      setEdited(drafts.map((draft) => (draft.id === id ? { id, rule: next } : draft)))
                    }
                    onRemove={() => setEdited(drafts.filter((draft) => draft.id !== id))}
                  />
                )
              )
            })}
          </ul>
          {drafts.length === 0 && (
            <p className="dim">
              No gates yet: the alias moves to any version. Gates are asked before it moves.
            </p>
          )}
          <Menu position="bottom-start">
            <Menu.Target>
              <Button variant="default" leftSection={<Plus size={14} />} data-autofocus>
                Add a gate
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {kinds.data.map(({ id: gate, title, fields }) => (
                <Menu.Item
                  key={gate}
                  onClick={() =>
                    setEdited([
                      ...drafts,
                      {
                        id: Math.max(-1, ...drafts.map(({ id }) => id)) + 1,
                        rule: {
                          gate,
                          options: Object.fromEntries(fields.map((field) => [field.key, field.default])),
                        },
                      },
                    ])
                  }
                >
                  {title}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        </>
      )}
      {failure && <ErrorPanel title="The gates could not be saved" error={failure} />}
      <Group justify="flex-end" gap={8} mt={16}>
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button disabled={edited === null} loading={busy} onClick={() => void save()}>
          Save gates
        </Button>
      </Group>
    </Modal>
  )
}
