import { Checkbox, MultiSelect, NumberInput, SegmentedControl, Select, TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { type DatasetVersion, splitRule } from '../../../../../core/contract/index.ts'
import { useQuery } from '../../../components/use-query.ts'
import { subsets, subsetWords } from '../subsets.ts'
import { SplitRuleEditor } from './split-rule-editor.tsx'
import type { DraftStep } from './step-kinds.ts'

type Value = Record<string, unknown>
interface EditorProps {
  value: Value
  onChange: (change: Value) => void
  version: DatasetVersion
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])
const subsetOptions = subsets.map((value) => ({ value, label: subsetWords[value] }))
const classesOf = (version: DatasetVersion) =>
  version.labels.flatMap(({ label }) => (label === '' ? [] : [label]))

/** A field that leaves its name out of the value when it is empty. */
function without(value: Value, key: string, next: unknown): Value {
  const { [key]: _, ...rest } = value
  return next === undefined || next === '' || (Array.isArray(next) && next.length === 0)
    ? rest
    : { ...rest, [key]: next }
}

const pixelFields = [
  ['minWidth', 'Width at least, px'],
  ['maxWidth', 'Width at most, px'],
  ['minHeight', 'Height at least, px'],
  ['maxHeight', 'Height at most, px'],
] as const

function FilterEditor({ value, onChange, version }: EditorProps) {
  const where = (value['where'] ?? {}) as Value
  const set = (key: string, next: unknown) => onChange({ where: without(where, key, next) })
  return (
    <>
      <SegmentedControl
        aria-label="Keep or drop"
        value={text(value['action'])}
        onChange={(action) => onChange({ action })}
        data={[
          { value: 'keep', label: 'Keep only' },
          { value: 'drop', label: 'Drop' },
        ]}
      />
      <MultiSelect
        size="xs"
        label="Classes"
        placeholder="any"
        searchable
        clearable
        data={classesOf(version)}
        value={list(where['labels'])}
        onChange={(labels) => set('labels', labels)}
      />
      <MultiSelect
        size="xs"
        label="Subsets"
        placeholder="any"
        data={subsetOptions}
        value={list(where['subsets'])}
        onChange={(chosen) => set('subsets', chosen)}
      />
      <TextInput
        label="Path like"
        description="* stands for anything but a slash, ** for anything."
        placeholder="scans/**/*.png"
        value={text(where['glob'])}
        onChange={(event) => set('glob', event.currentTarget.value)}
      />
      <div className="rule-row">
        {pixelFields.map(([key, label]) => (
          <NumberInput
            key={key}
            label={label}
            min={1}
            allowDecimal={false}
            value={typeof where[key] === 'number' ? where[key] : ''}
            onChange={(next) => set(key, next === '' ? undefined : Number(next))}
          />
        ))}
      </div>
    </>
  )
}

function RenameEditor({ value, onChange, version }: EditorProps) {
  return (
    <div className="rule-row">
      <Select
        label="Class"
        searchable
        data={classesOf(version)}
        value={text(value['from']) || null}
        onChange={(from) => onChange({ from: from ?? '' })}
      />
      <TextInput
        label="New name"
        value={text(value['to'])}
        onChange={(event) => onChange({ to: event.currentTarget.value })}
      />
    </div>
  )
}

function MergeClassesEditor({ value, onChange, version }: EditorProps) {
  return (
    <>
      <MultiSelect
        size="xs"
        label="Classes"
        searchable
        data={classesOf(version)}
        value={list(value['from'])}
        onChange={(from) => onChange({ from })}
      />
      <TextInput
        label="Become"
        value={text(value['into'])}
        onChange={(event) => onChange({ into: event.currentTarget.value })}
      />
    </>
  )
}

function DeduplicateEditor({ value, onChange }: EditorProps) {
  return (
    <div className="rule-row">
      <Select
        label="Keep"
        data={[
          { value: 'first', label: 'the first' },
          { value: 'last', label: 'the last' },
          { value: 'largest', label: 'the largest' },
        ]}
        value={text(value['keep'])}
        allowDeselect={false}
        onChange={(keep) => onChange({ keep })}
      />
      <Select
        label="Rather of"
        data={[{ value: '', label: 'any subset' }, ...subsetOptions]}
        value={text(value['prefer'])}
        allowDeselect={false}
        onChange={(prefer) => onChange({ prefer: prefer === '' ? undefined : prefer })}
      />
      <Select
        label="Under two classes"
        data={[
          { value: 'keep-one', label: 'keep one' },
          { value: 'drop-all', label: 'drop all' },
        ]}
        value={text(value['conflicts'])}
        allowDeselect={false}
        onChange={(conflicts) => onChange({ conflicts })}
      />
    </div>
  )
}

function SubsetsField({ value, onChange }: Pick<EditorProps, 'value' | 'onChange'>) {
  return (
    <MultiSelect
      size="xs"
      label="In"
      data={subsetOptions}
      value={list(value['subsets'] ?? ['train'])}
      onChange={(chosen) => chosen.length > 0 && onChange({ subsets: chosen })}
    />
  )
}

function BalanceEditor({ value, onChange }: EditorProps) {
  const number = typeof value['to'] === 'number'
  return (
    <div className="rule-row">
      <Select
        label="Size of each class"
        data={[
          { value: 'smallest', label: 'as the smallest' },
          { value: 'median', label: 'as the median' },
          { value: 'largest', label: 'as the largest' },
          { value: 'number', label: 'a number' },
        ]}
        value={number ? 'number' : text(value['to'])}
        allowDeselect={false}
        onChange={(to) => onChange({ to: to === 'number' ? 100 : to })}
      />
      {number && (
        <NumberInput
          label="Pictures"
          min={1}
          allowDecimal={false}
          value={Number(value['to'])}
          onChange={(to) => onChange({ to: Math.max(1, Number(to) || 1) })}
        />
      )}
      <SubsetsField value={value} onChange={onChange} />
    </div>
  )
}

function ResizeEditor({ value, onChange }: EditorProps) {
  return (
    <div className="rule-row">
      {(['width', 'height'] as const).map((side) => (
        <NumberInput
          key={side}
          label={side === 'width' ? 'Width, px' : 'Height, px'}
          min={1}
          max={16_383}
          allowDecimal={false}
          value={Number(value[side])}
          onChange={(next) => onChange({ [side]: Math.max(1, Number(next) || 1) })}
        />
      ))}
      <Select
        label="Shape"
        data={[
          { value: 'contain', label: 'kept, on white' },
          { value: 'fit', label: 'kept, at most this' },
          { value: 'fill', label: 'stretched' },
        ]}
        value={text(value['mode'])}
        allowDeselect={false}
        onChange={(mode) => onChange({ mode })}
      />
    </div>
  )
}

function CropEditor({ value, onChange }: EditorProps) {
  return (
    <NumberInput
      label="Margin on each side, px"
      min={0}
      max={1_000}
      allowDecimal={false}
      value={Number(value['padding'])}
      onChange={(padding) => onChange({ padding: Math.max(0, Number(padding) || 0) })}
    />
  )
}

const augmentFields = [
  { key: 'rotate', label: 'Turn up to, °', scale: 1, max: 180 },
  { key: 'shift', label: 'Shift up to, %', scale: 100, max: 50 },
  { key: 'brightness', label: 'Brightness ±, %', scale: 100, max: 100 },
  { key: 'noise', label: 'Noise, %', scale: 100, max: 100 },
] as const

function AugmentEditor({ value, onChange }: EditorProps) {
  return (
    <>
      <div className="rule-row">
        <NumberInput
          label="Copies of each"
          min={1}
          max={50}
          allowDecimal={false}
          value={Number(value['copies'])}
          onChange={(copies) => onChange({ copies: Math.max(1, Number(copies) || 1) })}
        />
        {augmentFields.map(({ key, label, scale, max }) => (
          <NumberInput
            key={key}
            label={label}
            min={0}
            max={max}
            value={Math.round(Number(value[key]) * scale * 100) / 100}
            onChange={(next) => onChange({ [key]: Math.min(max, Math.max(0, Number(next) || 0)) / scale })}
          />
        ))}
        <SubsetsField value={value} onChange={onChange} />
      </div>
      <div className="rule-checks">
        <Checkbox
          label="Mirror some"
          checked={value['flipHorizontal'] === true}
          onChange={(event) => onChange({ flipHorizontal: event.currentTarget.checked })}
        />
        <Checkbox
          label="Turn some upside down"
          checked={value['flipVertical'] === true}
          onChange={(event) => onChange({ flipVertical: event.currentTarget.checked })}
        />
      </div>
    </>
  )
}

function MergeEditor({ value, onChange, version }: EditorProps) {
  const datasets = useQuery('datasets.list', {})
  const options = (datasets.data ?? []).flatMap(({ name, latest }) =>
    latest && latest.versionId !== version.id
      ? [{ value: latest.versionId, label: `${name} v${latest.number}` }]
      : [],
  )
  return (
    <div className="rule-row">
      <Select
        label="With"
        searchable
        nothingFoundMessage="There is no other dataset."
        data={options}
        value={text(value['versionId']) || null}
        onChange={(versionId) => onChange({ versionId: versionId ?? '' })}
      />
      <Select
        label="The same path in both"
        data={[
          { value: 'refuse', label: 'refuse' },
          { value: 'keep-this', label: 'keep this one' },
          { value: 'take-other', label: 'take the other' },
          { value: 'keep-both', label: 'keep both' },
        ]}
        value={text(value['conflict'])}
        allowDeselect={false}
        onChange={(conflict) => onChange({ conflict })}
      />
    </div>
  )
}

function SplitEditor({ value, onChange }: EditorProps) {
  return (
    <SplitRuleEditor
      rule={splitRule.parse(value['rule'])}
      onChange={(rule) => onChange({ rule })}
      withFolds={false}
    />
  )
}

const editors: Partial<Record<DraftStep['kind'], (props: EditorProps) => ReactNode>> = {
  filter: FilterEditor,
  'rename-class': RenameEditor,
  'merge-classes': MergeClassesEditor,
  deduplicate: DeduplicateEditor,
  balance: BalanceEditor,
  resize: ResizeEditor,
  'crop-boxes': CropEditor,
  augment: AugmentEditor,
  merge: MergeEditor,
  split: SplitEditor,
}

/** The fields of one step of a recipe. */
export function StepEditor({
  step,
  version,
  onChange,
}: {
  step: DraftStep
  version: DatasetVersion
  onChange: (value: Value) => void
}) {
  const Editor = editors[step.kind]
  if (!Editor) return null
  return (
    <Editor
      value={step.value}
      version={version}
      onChange={(change) => onChange({ ...step.value, ...change })}
    />
  )
}
