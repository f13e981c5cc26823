import { NumberInput } from '@mantine/core'
import { useId } from 'react'

export interface SplitChoice {
  /** Percent. */
  train: number
  validation: number
  seed: number
}

export const testShare = ({ train, validation }: SplitChoice): number => 100 - train - validation

/** The shares of train, validation and test, and the seed that draws them. */
export function SplitFields({
  value,
  onChange,
}: {
  value: SplitChoice
  onChange: (value: SplitChoice) => void
}) {
  const noteId = useId()
  const test = testShare(value)
  return (
    <fieldset className="import-split" aria-describedby={noteId}>
      <legend>Split</legend>
      <NumberInput
        label="Train, %"
        min={0}
        max={100}
        value={value.train}
        onChange={(train) => onChange({ ...value, train: Number(train) })}
      />
      <NumberInput
        label="Validation, %"
        min={0}
        max={100 - value.train}
        value={value.validation}
        onChange={(validation) => onChange({ ...value, validation: Number(validation) })}
      />
      <NumberInput
        label="Seed"
        min={0}
        allowDecimal={false}
        value={value.seed}
        onChange={(seed) => onChange({ ...value, seed: Number(seed) })}
      />
      <p id={noteId} className="dim">
        {test < 0
          ? 'Train and validation are more than 100 % together.'
          : `Test gets the other ${test} %. Each class is split alike, groups stay together; subsets that the source names itself are kept.`}
      </p>
    </fieldset>
  )
}
