import { describe, expect, it } from 'vitest'
import { trainingOptions, trainingPreset } from '../contract/index.ts'
import { architectureById } from './architectures/index.ts'
import { presets } from './presets.ts'

describe('the training presets', () => {
  it('fit the contract, have ids of their own, and offer options with valid defaults', () => {
    const all = presets()
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
    for (const preset of all) {
      expect(trainingPreset.parse(preset)).toEqual(preset)
      const chosen = Object.fromEntries(preset.options.map((option) => [option.key, option.default]))
      expect(trainingOptions.parse(chosen)).toMatchObject(chosen)
    }
  })

  it('let a person choose what the line recogniser reads with, an LSTM unless said', () => {
    const recogniser = presets().find(({ id }) => id === 'line-recogniser')
    expect(recogniser?.options.find(({ key }) => key === 'cell')).toMatchObject({
      group: 'Network',
      kind: 'choice',
      default: 'lstm',
      choices: ['lstm', 'gru'],
    })
  })

  it('lists what there is when asked for one there is not', () => {
    expect(() => architectureById('resnet-9000')).toThrow('There is: cnn-small')
  })
})
