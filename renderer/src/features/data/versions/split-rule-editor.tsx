import { Checkbox, NumberInput, Select } from '@mantine/core'
import type { SplitRule } from '../../../../../core/contract/index.ts'

const kinds: { value: SplitRule['kind']; label: string; help: string }[] = [
  { value: 'stratified', label: 'Stratified', help: 'Each class is cut alike.' },
  { value: 'random', label: 'Random', help: 'Drawn from all pictures, whatever their class.' },
  {
    value: 'grouped',
    label: 'Grouped',
    help: 'No group, such as a person or a document, is in two subsets.',
  },
  { value: 'by-hash', label: 'By content hash', help: 'A picture keeps its subset when others are added.' },
  { value: 'by-folder', label: 'By folder', help: 'Folders named train, val and test give the subsets.' },
  { value: 'k-fold', label: 'k-fold', help: 'As many splits as folds; each fold is the test set of one.' },
]

/** The rule that a kind begins with. */
export function newRule(kind: SplitRule['kind']): SplitRule {
  if (kind === 'by-folder') return { kind }
  if (kind === 'k-fold') return { kind, folds: 5, validation: 0.1, grouped: false, seed: 42 }
  return { kind, fractions: { train: 0.8, validation: 0.1, test: 0.1 }, seed: 42 }
}

function Percent({
  label,
  value,
  onChange,
}: {
  label: string
  value: number
  onChange: (share: number) => void
}) {
  return (
    <NumberInput
      label={`${label}, %`}
      min={0}
      max={100}
      value={Math.round(value * 100)}
      onChange={(percent) => onChange(Math.min(100, Math.max(0, Number(percent) || 0)) / 100)}
    />
  )
}

/** Chooses how to divide pictures into train, validation and test. */
export function SplitRuleEditor({
  rule,
  onChange,
  withFolds,
}: {
  rule: SplitRule
  onChange: (rule: SplitRule) => void
  withFolds: boolean
}) {
  const offered = kinds.filter(({ value }) => withFolds || value !== 'k-fold')
  return (
    <div className="rule-editor">
      <Select
        label="How"
        description={kinds.find(({ value }) => value === rule.kind)?.help}
        data={offered}
        value={rule.kind}
        allowDeselect={false}
        onChange={(kind) => kind !== null && onChange(newRule(kind as SplitRule['kind']))}
      />
      {'fractions' in rule && (
        <div className="rule-row">
          {(['train', 'validation', 'test'] as const).map((subset) => (
            <Percent
              key={subset}
              label={{ train: 'Train', validation: 'Validation', test: 'Test' }[subset]}
              value={rule.fractions[subset]}
              onChange={(share) => onChange({ ...rule, fractions: { ...rule.fractions, [subset]: share } })}
            />
          ))}
        </div>
      )}
      {rule.kind === 'k-fold' && (
        <div className="rule-row">
          <NumberInput
            label="Folds"
            min={2}
            max={100}
            allowDecimal={false}
            value={rule.folds}
            onChange={(folds) => onChange({ ...rule, folds: Math.max(2, Number(folds) || 2) })}
          />
          <Percent
            label="Validation"
            value={rule.validation}
            onChange={(validation) => onChange({ ...rule, validation: Math.min(0.5, validation) })}
          />
          <Checkbox
            label="Keep groups together"
            checked={rule.grouped}
            onChange={(event) => onChange({ ...rule, grouped: event.currentTarget.checked })}
          />
        </div>
      )}
      {'seed' in rule && (
        <NumberInput
          label="Seed"
          min={0}
          allowDecimal={false}
          value={rule.seed}
          onChange={(seed) => onChange({ ...rule, seed: Math.max(0, Number(seed) || 0) })}
        />
      )}
    </div>
  )
}
