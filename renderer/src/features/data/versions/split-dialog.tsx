import { ActionIcon, Button, Group, Modal, Select, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import type { DatasetVersion, SplitRule } from '../../../../../core/contract/index.ts'
import { call } from '../../../client/rpc.ts'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { formatNumber, plural } from '../../../components/format.ts'
import { notify, notifyError } from '../../../components/notices.tsx'
import { useQuery } from '../../../components/use-query.ts'
import { subsets, subsetWords } from '../subsets.ts'
import { CountsTable } from './counts-table.tsx'
import { newRule, SplitRuleEditor } from './split-rule-editor.tsx'

/** Adds a named split to a version, after showing what would go where. The version stays as it is. */
export function SplitDialog({ version, onClose }: { version: DatasetVersion; onClose: () => void }) {
  const [, navigate] = useLocation()
  const [rule, setRule] = useState<SplitRule>(newRule('stratified'))
  const [name, setName] = useState('')
  const [fold, setFold] = useState(0)
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Error | null>(null)
  const [settled] = useDebouncedValue(rule, 250)
  const preview = useQuery('datasets.previewSplit', { versionId: version.id, rule: settled })
  const splits = useQuery(
    'datasets.splits',
    { versionId: version.id },
    { refreshOn: (event) => event.type === 'dataset.changed' && event.datasetId === version.datasetId },
  )
  const shown = preview.data?.[Math.min(fold, preview.data.length - 1)]

  const add = async () => {
    setBusy(true)
    setFailure(null)
    try {
      const made = await call('datasets.addSplit', {
        versionId: version.id,
        rule,
        ...(name.trim() === '' ? {} : { name: name.trim() }),
      })
      const [first] = made
      notify({
        kind: 'success',
        message:
          made.length === 1 ? `The split “${first?.name}” is added.` : `${made.length} splits are added.`,
      })
      onClose()
      if (first) navigate(`/data/${version.id}?split=${encodeURIComponent(first.name)}`)
    } catch (cause) {
      setFailure(cause instanceof Error ? cause : new Error(String(cause)))
      setBusy(false)
    }
  }
  const remove = (split: string) =>
    call('datasets.deleteSplit', { versionId: version.id, name: split }).then(splits.set).catch(notifyError)

  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={`Split ${version.datasetName}, version ${version.number}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <div className="version-dialog">
        <div className="version-dialog-form">
          <SplitRuleEditor rule={rule} onChange={setRule} withFolds />
          <TextInput
            label="Name"
            placeholder={rule.kind === 'k-fold' ? `fold 1 of ${rule.folds} …` : rule.kind}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <section className="split-list" aria-label="Splits of this version">
            <h3>There are</h3>
            <ul>
              {splits.data?.map((split) => (
                <li key={split.name}>
                  <span className="truncate" title={split.name}>
                    {split.name}
                  </span>
                  <span className="dim tabular" title={subsets.map((one) => subsetWords[one]).join(', ')}>
                    {subsets.map((subset) => formatNumber(split.counts[subset])).join(' / ')}
                  </span>
                  {split.name === 'default' ? (
                    <span />
                  ) : (
                    <ActionIcon
                      size={20}
                      aria-label={`Delete the split ${split.name}`}
                      onClick={() => remove(split.name)}
                    >
                      <Trash2 size={12} />
                    </ActionIcon>
                  )}
                </li>
              ))}
            </ul>
          </section>
        </div>
        <div className="version-dialog-preview" aria-live="polite" aria-busy={preview.loading}>
          {preview.error && <ErrorPanel error={preview.error} />}
          {preview.data && preview.data.length > 1 && (
            <Select
              label="Fold"
              data={preview.data.map(({ name: value }, index) => ({ value: String(index), label: value }))}
              value={String(Math.min(fold, preview.data.length - 1))}
              allowDeselect={false}
              onChange={(index) => setFold(Number(index))}
            />
          )}
          {shown && !preview.error && (
            <>
              <CountsTable labels={shown.labels} name="Pictures per class and subset" />
              <Warnings items={shown.warnings} />
            </>
          )}
        </div>
      </div>
      {failure && <ErrorPanel error={failure} />}
      <Group justify="flex-end" gap={8} mt={16}>
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button loading={busy} disabled={preview.error !== undefined} onClick={add}>
          {rule.kind === 'k-fold' ? `Add ${plural(rule.folds, 'split')}` : 'Add split'}
        </Button>
      </Group>
    </Modal>
  )
}

export function Warnings({ items }: { items: readonly string[] }) {
  return (
    <>
      {items.map((warning) => (
        <p key={warning} className="version-warning">
          {warning}
        </p>
      ))}
    </>
  )
}
