import { Checkbox, SegmentedControl } from '@mantine/core'
import {
  type Preprocessing,
  type PreprocessingName,
  type PreprocessingStep,
  preprocessingStep,
} from '../../../../core/contract/index.ts'

/** In the order in which they are applied. */
const choices: { step: PreprocessingName; title: string; description: string }[] = [
  { step: 'turn', title: 'Turn upright', description: 'tries all four ways' },
  { step: 'crop', title: 'Cut off dark borders', description: 'a scanner’s lid, the table' },
  { step: 'deskew', title: 'Straighten', description: 'up to 15 degrees' },
  { step: 'invert', title: 'Invert', description: 'light text on dark' },
  { step: 'contrast', title: 'Even out the light', description: 'shadows, faint ink' },
  { step: 'denoise', title: 'Take out specks', description: 'noise, dust' },
  { step: 'scale', title: 'Scale to 300 dpi', description: 'by the size of letters' },
  { step: 'binarise', title: 'Black and white', description: 'a threshold for each place' },
]

const modes = [
  { value: 'auto', label: 'As each page needs' },
  { value: 'none', label: 'Nothing' },
  { value: 'steps', label: 'Steps' },
]

/** What is done with a page's picture before it is read. */
export function PreprocessingChoice({
  value,
  onChange,
}: {
  value: Preprocessing
  onChange: (value: Preprocessing) => void
}) {
  const steps: readonly PreprocessingStep[] = typeof value === 'string' ? [] : value
  const toggle = (step: PreprocessingName, wanted: boolean) =>
    onChange(
      choices.flatMap((choice) => {
        const given = steps.find((each) => each.step === choice.step)
        if (choice.step === step) return wanted ? [preprocessingStep.parse({ step })] : []
        return given ? [given] : []
      }),
    )
  return (
    <fieldset className="preprocessing-choice">
      <legend>Before it is read</legend>
      <SegmentedControl
        aria-label="Before it is read"
        data={modes}
        value={typeof value === 'string' ? value : 'steps'}
        onChange={(mode) => onChange(mode === 'auto' || mode === 'none' ? mode : [])}
      />
      {typeof value === 'string' ? (
        <p className="dim export-hint">
          {value === 'auto'
            ? 'A page that leans or lies on its side is set upright. On a page of low confidence remedies are tried, and those that help are kept.'
            : 'The page is read exactly as it is.'}
        </p>
      ) : (
        <div className="preprocessing-steps">
          {choices.map(({ step, title, description }) => (
            <Checkbox
              key={step}
              size="xs"
              label={title}
              description={description}
              checked={steps.some((each) => each.step === step)}
              onChange={(event) => toggle(step, event.currentTarget.checked)}
            />
          ))}
        </div>
      )}
    </fieldset>
  )
}
