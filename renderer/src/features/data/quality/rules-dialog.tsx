import {
  ActionIcon,
  Button,
  Checkbox,
  Group,
  Menu,
  Modal,
  NumberInput,
  Select,
  TextInput,
} from '@mantine/core'
import { Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { type DatasetVersion, type QualityRule, qualityRules } from '../../../../../core/contract/index.ts'
import { call } from '../../../client/rpc.ts'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { SkeletonRows } from '../../../components/skeleton-rows.tsx'
import { useQuery } from '../../../components/use-query.ts'
import { subsets, subsetWords } from '../subsets.ts'

type Kind = QualityRule['kind']

const kindWords: Record<Kind, string> = {
  'min-per-class': 'At least so many per class',
  'max-imbalance': 'Classes not too uneven',
  'no-leakage': 'No picture in two subsets',
  'no-label-conflict': 'No picture with two labels',
  'max-near-duplicates': 'Few repeated pictures',
  'max-refused': 'Few refused files',
  sizes: 'Sizes within limits',
  classes: 'Exactly these classes',
  'no-unlabelled': 'Each picture has a class',
  characters: 'Texts of these characters only',
  'no-empty-text': 'Each picture has a text',
}

/** What a rule begins with; the classes are those of the version on view. */
function startOf(kind: Kind, version: DatasetVersion): QualityRule {
  const blocking = false
  switch (kind) {
    case 'min-per-class':
      return { kind, count: 50, blocking }
    case 'max-imbalance':
      return { kind, factor: 10, blocking }
    case 'no-leakage':
    case 'no-label-conflict':
      return { kind, near: true, blocking }
    case 'max-near-duplicates':
    case 'max-refused':
      return { kind, percent: 1, blocking }
    case 'sizes':
      return { kind, minWidth: 16, minHeight: 16, blocking }
    case 'classes':
      return { kind, names: version.labels.flatMap(({ label }) => label || []), blocking }
    case 'characters':
      return { kind, allowed: 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,', blocking }
    case 'no-unlabelled':
    case 'no-empty-text':
      return { kind, blocking }
  }
}

interface Draft {
  id: number
  rule: QualityRule
}

/** Puts the rules of a dataset together. They are asked of every version, old and new. */
export function RulesDialog({ version, onClose }: { version: DatasetVersion; onClose: () => void }) {
  const stored = useQuery('datasets.rules', { datasetId: version.datasetId })
  const [edited, setEdited] = useState<Draft[] | null>(null)
  const [failure, setFailure] = useState<Error | null>(null)
  const drafts = edited ?? stored.data?.map((rule, id) => ({ id, rule })) ?? []
  const parsed = qualityRules.safeParse(drafts.map(({ rule }) => rule))
  const save = async () => {
    if (!parsed.success) return
    try {
      await call('datasets.setRules', { datasetId: version.datasetId, rules: parsed.data })
      onClose()
    } catch (cause) {
      setFailure(cause instanceof Error ? cause : new Error(String(cause)))
    }
  }
  const add = (kind: Kind) =>
    setEdited([
      ...drafts,
      { id: Math.max(-1, ...drafts.map(({ id }) => id)) + 1, rule: startOf(kind, version) },
    ])

  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={`Rules of ${version.datasetName}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {!stored.data && !stored.error && <SkeletonRows rows={3} />}
      {stored.error && <ErrorPanel error={stored.error} retry={stored.reload} />}
      {stored.data && (
        <>
          <ul className="rule-drafts" aria-label="Rules">
            {drafts.map(({ id, rule }) => (
              <li key={id}>
                <strong>{kindWords[rule.kind]}</strong>
                <ActionIcon
                  size={22}
                  aria-label={`Remove: ${kindWords[rule.kind]}`}
                  onClick={() => setEdited(drafts.filter((draft) => draft.id !== id))}
                >
                  <Trash2 size={13} />
                </ActionIcon>
                <RuleFields
                  rule={rule}
                  onChange={(next) =>
                    setEdited(drafts.map((draft) => (draft.id === id ? { id, rule: next } : draft)))
                  }
                />
              </li>
            ))}
          </ul>
          {drafts.length === 0 && (
            <p className="dim">
              No rules yet. Rules are asked of each version after an import or a transformation.
            </p>
          )}
          <Menu position="bottom-start">
            <Menu.Target>
              <Button variant="default" leftSection={<Plus size={14} />} data-autofocus>
                Add a rule
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {Object.entries(kindWords).map(([kind, words]) => (
                <Menu.Item key={kind} onClick={() => add(kind as Kind)}>
                  {words}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        </>
      )}
      {!parsed.success && <p className="dim">{parsed.error.issues[0]?.message}</p>}
      {failure && <ErrorPanel error={failure} />}
      <Group justify="flex-end" gap={8} mt={16}>
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button disabled={!parsed.success || edited === null} onClick={save}>
          Save rules
        </Button>
      </Group>
    </Modal>
  )
}

function RuleFields({ rule, onChange }: { rule: QualityRule; onChange: (rule: QualityRule) => void }) {
  return (
    <div className="rule-fields">
      <OwnFields rule={rule} onChange={onChange} />
      <Checkbox
        label="Training waits for it"
        checked={rule.blocking}
        onChange={(event) => onChange({ ...rule, blocking: event.currentTarget.checked })}
      />
    </div>
  )
}

function OwnFields({ rule, onChange }: { rule: QualityRule; onChange: (rule: QualityRule) => void }) {
  const number = (
    label: string,
    value: number | undefined,
    set: (value: number) => void,
    min = 0,
    suffix = '',
  ) => (
    <NumberInput
      label={label}
      value={value ?? ''}
      min={min}
      suffix={suffix}
      onChange={(next) => typeof next === 'number' && set(next)}
    />
  )
  switch (rule.kind) {
    case 'min-per-class':
      return (
        <>
          {number('Pictures', rule.count, (count) => onChange({ ...rule, count }), 1)}
          <Select
            label="In"
            allowDeselect={false}
            data={[
              { value: '', label: 'all subsets together' },
              ...subsets.map((value) => ({ value, label: subsetWords[value] })),
            ]}
            value={rule.subset ?? ''}
            onChange={(value) => {
              const { subset: _, ...rest } = rule
              const subset = subsets.find((one) => one === value)
              onChange(subset ? { ...rest, subset } : rest)
            }}
          />
        </>
      )
    case 'max-imbalance':
      return number('Largest by smallest, at most', rule.factor, (factor) => onChange({ ...rule, factor }), 1)
    case 'no-leakage':
    case 'no-label-conflict':
      return (
        <Checkbox
          label="Look-alikes count too"
          checked={rule.near}
          onChange={(event) => onChange({ ...rule, near: event.currentTarget.checked })}
        />
      )
    case 'max-near-duplicates':
    case 'max-refused':
      return number('At most', rule.percent, (percent) => onChange({ ...rule, percent }), 0, ' %')
    case 'sizes':
      return (
        <>
          {number('Least width', rule.minWidth, (minWidth) => onChange({ ...rule, minWidth }), 1, ' px')}
          {number('Most width', rule.maxWidth, (maxWidth) => onChange({ ...rule, maxWidth }), 1, ' px')}
          {number('Least height', rule.minHeight, (minHeight) => onChange({ ...rule, minHeight }), 1, ' px')}
          {number('Most height', rule.maxHeight, (maxHeight) => onChange({ ...rule, maxHeight }), 1, ' px')}
        </>
      )
    case 'classes':
      return (
        <TextInput
          label="Classes, separated by commas"
          className="rule-wide"
          defaultValue={rule.names.join(', ')}
          onBlur={(event) =>
            onChange({
              ...rule,
              names: event.currentTarget.value
                .split(',')
                .map((name) => name.trim())
                .filter((name) => name !== ''),
            })
          }
        />
      )
    case 'characters':
      return (
        <TextInput
          label="Characters"
          className="rule-wide"
          value={rule.allowed}
          onChange={(event) => onChange({ ...rule, allowed: event.currentTarget.value })}
        />
      )
    case 'no-unlabelled':
    case 'no-empty-text':
      return null
  }
}
