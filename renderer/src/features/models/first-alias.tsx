import { Checkbox, Radio, Stack, Textarea } from '@mantine/core'
import { useState } from 'react'
import type { ModelVersion } from '../../../../core/contract/index.ts'
import { plural } from '../../components/format.ts'
import { useQuery } from '../../components/use-query.ts'
import { promotionPath, versionPath } from './model-names.ts'

const alias = 'champion'
type GatedChoice = 'check' | 'none' | 'override'

export interface FirstAlias {
  /** How many gates the model's champion has; 0 also for a model that is new. */
  gateCount: number
  champion: boolean
  setChampion: (champion: boolean) => void
  gated: GatedChoice
  setGated: (choice: GatedChoice) => void
  reason: string
  setReason: (reason: string) => void
  /** False while a reason is missing. */
  complete: boolean
  /** What `models.register` and `models.import` take of it. */
  input: { alias?: string; override?: string }
  /** Where to go once the version is there. */
  pathOf: (version: ModelVersion) => string
}

/** Whether a version that is about to be registered becomes its model's champion, and past its gates or not. */
export function useFirstAlias(model: string, { enabled }: { enabled: boolean }): FirstAlias {
  const models = useQuery('models.list', {}, { enabled })
  const known = models.data?.some(({ name }) => name === model) ?? false
  const gates = useQuery('models.gates', { model }, { enabled: enabled && known })
  const [champion, setChampion] = useState(true)
  const [gated, setGated] = useState<GatedChoice>('check')
  const [reason, setReason] = useState('')
  const gateCount = known ? (gates.data?.find((one) => one.alias === alias)?.rules.length ?? 0) : 0
  const held = gateCount > 0
  const override = held && gated === 'override'
  const input = override ? { alias, override: reason.trim() } : { ...(!held && champion && { alias }) }
  return {
    ...{ gateCount, champion, setChampion, gated, setGated, reason, setReason, input },
    complete: !override || reason.trim() !== '',
    pathOf: ({ model: name, version }) =>
      held && gated === 'check' ? promotionPath(name, version, alias) : versionPath(name, version),
  }
}

/** Asks for it. A champion with gates is not moved by a mere tick. */
export function FirstAliasChoice({ choice }: { choice: FirstAlias }) {
  if (choice.gateCount === 0)
    return (
      <Checkbox
        label="Make it the champion"
        description="The alias that predictions and exports use."
        checked={choice.champion}
        onChange={(event) => choice.setChampion(event.currentTarget.checked)}
      />
    )
  return (
    <Radio.Group
      label="Champion"
      description={`The champion has ${plural(choice.gateCount, 'gate')}, which a new version has not passed.`}
      value={choice.gated}
      onChange={(value) => {
        if (value === 'check' || value === 'none' || value === 'override') choice.setGated(value)
      }}
    >
      <Stack gap={6} mt={6}>
        <Radio value="check" label="Register it, and check it against the gates" />
        <Radio value="none" label="Register it only" />
        <Radio value="override" label="Make it the champion in spite of the gates" />
        {choice.gated === 'override' && (
          <Textarea
            label="Reason"
            description="Signed with this data folder's key, and kept in the history and in the audit log."
            autosize
            minRows={2}
            maxRows={8}
            maxLength={2000}
            value={choice.reason}
            onChange={(event) => choice.setReason(event.currentTarget.value)}
          />
        )}
      </Stack>
    </Radio.Group>
  )
}
