import { type OptionField, type TrainingPreset, trainingOptions } from '../contract/index.ts'
import { architectures } from './architectures/index.ts'

const defaults = trainingOptions.parse({})

const options: OptionField[] = [
  {
    key: 'epochs',
    title: 'Epochs',
    help: 'How often the training pictures are gone through. More takes longer and may fit them too closely.',
    kind: 'integer',
    default: defaults.epochs,
    min: 1,
    max: 10_000,
  },
  {
    key: 'batchSize',
    title: 'Batch size',
    help: 'How many pictures make one step.',
    kind: 'integer',
    default: defaults.batchSize,
    min: 1,
    max: 4096,
  },
  {
    key: 'learningRate',
    title: 'Learning rate',
    help: 'The size of the first steps; it falls to zero along a cosine. Lower it when the loss jumps.',
    kind: 'number',
    default: defaults.learningRate,
    min: 0,
    max: 10,
  },
  {
    key: 'seed',
    title: 'Seed',
    help: 'Decides the first weights and the order of the pictures. The same seed gives the same model.',
    kind: 'integer',
    default: defaults.seed,
    min: 0,
    max: 2 ** 31 - 1,
  },
  {
    key: 'imageSize',
    title: 'Picture size',
    help: 'Pictures are scaled to this many px on each side; 0 takes the median size, at most 64.',
    kind: 'integer',
    default: defaults.imageSize,
    min: 0,
    max: 512,
  },
]

/** What can be trained, with the options that the window's form asks for. */
export function presets(): TrainingPreset[] {
  return architectures.map(({ id, title, description }) => ({ id, title, description, options }))
}
