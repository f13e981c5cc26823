import { Button, ColorInput, Group, Modal } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { plural } from '../../components/format.ts'
import { isColour } from './run-colour.ts'

const offered = ['#0072b2', '#d55e00', '#00845f', '#b0507f', '#a86f00', '#2c88c0', '#7a7200', '#6a3d9a']

/** Asks for the colour of runs; null gives each the colour that it has by itself. */
export function ColourDialog(props: {
  /** How many runs get it. */
  runs: number
  opened: boolean
  onClose: () => void
  onColour: (colour: string | null) => void
}) {
  const [colour, setColour] = useState('#0072b2')
  const choose = (chosen: string | null) => {
    props.onColour(chosen)
    props.onClose()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isColour(colour)) choose(colour)
  }
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={`Colour of ${plural(props.runs, 'run')}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
      size="sm"
    >
      <form onSubmit={submit} className="dialog-form">
        <fieldset className="colour-choice" aria-label="Colours">
          {offered.map((one) => (
            <button
              key={one}
              type="button"
              aria-label={`Colour ${one}`}
              aria-pressed={one === colour}
              style={{ background: one }}
              onClick={() => setColour(one)}
            />
          ))}
        </fieldset>
        <ColorInput
          label="Colour, as #rrggbb"
          value={colour}
          withPicker={false}
          withEyeDropper={false}
          data-autofocus
          onChange={setColour}
          error={isColour(colour) ? null : 'Six hexadecimal digits after a #, as in #0072b2'}
        />
        <Group justify="flex-end" gap={8}>
          <Button variant="default" onClick={() => choose(null)}>
            By itself
          </Button>
          <Button type="submit" disabled={!isColour(colour)}>
            Set the colour
          </Button>
        </Group>
      </form>
    </Modal>
  )
}
