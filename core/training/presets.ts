import {
  type OptionField,
  type TrainingChoices,
  type TrainingOptions,
  type TrainingPreset,
  trainingOptions,
} from '../contract/index.ts'
import { architectures } from './architectures/index.ts'
import { lineRecogniser } from './architectures/line-recogniser.ts'
import { mlpClassifier, mlpRegressor } from './architectures/mlp.ts'

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
  {
    key: 'optimizer',
    title: 'Optimiser',
    help: 'How gradients become steps. SGD and momentum want a larger learning rate, about 0.05.',
    kind: 'choice',
    default: defaults.optimizer,
    choices: trainingOptions.shape.optimizer.unwrap().options,
  },
  {
    key: 'schedule',
    title: 'Learning rate schedule',
    help: 'How the learning rate goes through the training: constant, in steps, along a cosine, after a warm-up, or up and down once.',
    kind: 'choice',
    default: defaults.schedule,
    choices: trainingOptions.shape.schedule.unwrap().options,
  },
  {
    key: 'weightDecay',
    title: 'Weight decay',
    help: 'Pulls weights to zero, against fitting too closely; 0.0001 to 0.05 with AdamW.',
    kind: 'number',
    default: defaults.weightDecay,
    min: 0,
    max: 1,
  },
  {
    key: 'gradientClip',
    title: 'Gradient clipping',
    help: 'Longest length of a step’s gradients; 0 leaves them. Try 1 when the loss jumps.',
    kind: 'number',
    default: defaults.gradientClip,
    min: 0,
    max: 1_000,
  },
  {
    key: 'labelSmoothing',
    title: 'Label smoothing',
    help: 'How unsure the targets are, 0 to 0.9; 0.1 often gives better calibrated answers.',
    kind: 'number',
    default: defaults.labelSmoothing,
    min: 0,
    max: 0.9,
  },
  {
    key: 'classWeights',
    title: 'Weigh classes',
    help: 'Rare classes count as much as common ones.',
    kind: 'boolean',
    default: defaults.classWeights,
  },
  {
    key: 'dropout',
    title: 'Dropout',
    help: 'Part of the last features that each step leaves out, 0 to 0.9.',
    kind: 'number',
    default: defaults.dropout,
    min: 0,
    max: 0.9,
  },
  {
    key: 'patience',
    title: 'Patience',
    help: 'Ends after so many epochs without a better validation; 0 never.',
    kind: 'integer',
    default: defaults.patience,
    min: 0,
    max: 10_000,
  },
  {
    key: 'ema',
    title: 'Weight averaging',
    help: 'Part of the averaged weights that each step keeps, such as 0.99; 0 takes the weights themselves.',
    kind: 'number',
    default: defaults.ema,
    min: 0,
    max: 0.99999,
  },
  {
    key: 'mixup',
    title: 'Mixed pictures',
    help: 'How evenly pictures are mixed in pairs (mixup), such as 0.2; 0 mixes none.',
    kind: 'number',
    default: defaults.mixup,
    min: 0,
    max: 10,
  },
  {
    key: 'flipHorizontal',
    title: 'Flip left and right',
    help: 'Half of the pictures are mirrored. Not for letters.',
    kind: 'boolean',
    default: defaults.flipHorizontal,
  },
  {
    key: 'flipVertical',
    title: 'Flip upside down',
    help: 'Half of the pictures are turned over. Not for letters.',
    kind: 'boolean',
    default: defaults.flipVertical,
  },
  {
    key: 'shift',
    title: 'Shift',
    help: 'Largest part of a side that a picture is moved by, 0 to 0.5.',
    kind: 'number',
    default: defaults.shift,
    min: 0,
    max: 0.5,
  },
  {
    key: 'crop',
    title: 'Crop',
    help: 'Largest part of a side that is cut away, 0 to 0.9.',
    kind: 'number',
    default: defaults.crop,
    min: 0,
    max: 0.9,
  },
  {
    key: 'rotation',
    title: 'Rotation',
    help: 'Largest turn either way, in degrees.',
    kind: 'number',
    default: defaults.rotation,
    min: 0,
    max: 180,
  },
  {
    key: 'colour',
    title: 'Colour',
    help: 'Largest change of brightness, contrast and saturation, 0 to 1.',
    kind: 'number',
    default: defaults.colour,
    min: 0,
    max: 1,
  },
  {
    key: 'noise',
    title: 'Noise',
    help: 'Largest noise, 0 to 1 of the whole range; try 0.05.',
    kind: 'number',
    default: defaults.noise,
    min: 0,
    max: 1,
  },
  {
    key: 'blur',
    title: 'Blur',
    help: 'Largest blur, in px of the scaled picture.',
    kind: 'number',
    default: defaults.blur,
    min: 0,
    max: 10,
  },
]

/** A recogniser's batches are small, its steps clipped (the CTC loss has steep places), its lines distorted. */
const recogniserOptions: OptionField[] = [
  ...options.flatMap((option): OptionField[] => {
    switch (option.key) {
      case 'epochs':
        return [{ ...option, help: 'How often the lines are gone through.', default: 60 }]
      case 'batchSize':
        return [{ ...option, help: 'How many lines make one step.', default: 8 }]
      case 'learningRate':
        return [{ ...option, default: 0.003 }]
      case 'imageSize':
        return [
          {
            ...option,
            title: 'Line height',
            help: 'Lines are scaled to this many px of height, in proportion; 0 takes 40.',
          },
        ]
      case 'seed':
        return [option]
      default:
        return []
    }
  }),
  {
    key: 'cell',
    title: 'Recurrent cell',
    help: 'What reads along the line. A GRU has three quarters of the weights of an LSTM there.',
    kind: 'choice',
    default: defaults.cell,
    choices: trainingOptions.shape.cell.unwrap().options,
  },
  {
    key: 'schedule',
    title: 'Schedule',
    help: 'How the learning rate moves through the training.',
    kind: 'choice',
    default: 'warm-up',
    choices: trainingOptions.shape.schedule.unwrap().options,
  },
  {
    key: 'gradientClip',
    title: 'Gradient clipping',
    help: 'Longest length of the gradients of one step; 0 lets them be as long as they are.',
    kind: 'number',
    default: 5,
    min: 0,
    max: 1_000,
  },
  {
    key: 'patience',
    title: 'Patience',
    help: 'Ends the training after so many epochs without a better validation; 0 never does.',
    kind: 'integer',
    default: 0,
    min: 0,
    max: 10_000,
  },
  distortion('elastic', 'Waves', 'How far lines are bent.', 0.2),
  distortion('perspective', 'Perspective', 'How far lines lean and taper.', 0.15),
  distortion('dilation', 'Stroke width', 'How much thicker or thinner strokes become.', 0.2),
  distortion('noise', 'Noise', 'The largest noise, as a part of the whole range.', 0.03),
  { ...distortion('blur', 'Blur', 'The largest blur, px.', 0), max: 10 },
]

function distortion(
  key: 'elastic' | 'perspective' | 'dilation' | 'noise' | 'blur',
  title: string,
  help: string,
  value: number,
): OptionField {
  return { key, title, help, kind: 'number', default: value, min: 0, max: 1 }
}

const optionOf = (key: string, change: Partial<OptionField>): OptionField[] =>
  options.filter((option) => option.key === key).map((option) => ({ ...option, ...change }))

/** Rows are small and often few: more epochs, shorter batches, and what keeps a network from fitting too closely. */
const tableOptions: OptionField[] = [
  ...optionOf('epochs', { help: 'How often the training rows are gone through.', default: 100 }),
  ...optionOf('batchSize', { help: 'How many rows make one step.', default: 32 }),
  ...optionOf('learningRate', { default: 0.003 }),
  ...optionOf('seed', {
    help: 'Decides the first weights and the order of the rows. The same seed gives the same model.',
  }),
  {
    key: 'layers',
    title: 'Hidden layers',
    help: 'Layers between the columns and the answer.',
    kind: 'integer',
    default: defaults.layers,
    min: 1,
    max: 20,
  },
  {
    key: 'width',
    title: 'Width',
    help: 'Units in each hidden layer.',
    kind: 'integer',
    default: defaults.width,
    min: 1,
    max: 4_096,
  },
  {
    key: 'batchNorm',
    title: 'Batch normalisation',
    help: 'Hidden layers standardise their outputs by the batch: steadier with many layers and large batches.',
    kind: 'boolean',
    default: defaults.batchNorm,
  },
  ...optionOf('dropout', { help: 'Part of the last hidden layer that each step leaves out, 0 to 0.9.' }),
  ...optionOf('weightDecay', { default: 0.001 }),
  ...optionOf('optimizer', { default: 'adamw' }),
  ...optionOf('schedule', {}),
  ...optionOf('gradientClip', {}),
  ...optionOf('patience', { default: 30 }),
  ...optionOf('ema', {}),
]

const classOptions: OptionField[] = [...optionOf('labelSmoothing', {}), ...optionOf('classWeights', {})]

const lossOption: OptionField = {
  key: 'regressionLoss',
  title: 'Loss',
  help: 'Squared error, or Huber’s, which lets rows far off count less.',
  kind: 'choice',
  default: defaults.regressionLoss,
  choices: trainingOptions.shape.regressionLoss.unwrap().options,
}

/** Where a form shows an option; those that are not named here are at hand in every form. */
const groups: Record<string, readonly string[]> = {
  Network: ['imageSize', 'cell', 'layers', 'width', 'batchNorm', 'dropout'],
  Learning: [
    'optimizer',
    'schedule',
    'weightDecay',
    'gradientClip',
    'labelSmoothing',
    'classWeights',
    'regressionLoss',
    'ema',
    'patience',
    'seed',
  ],
  Augmentation: [
    'flipHorizontal',
    'flipVertical',
    'shift',
    'crop',
    'rotation',
    'colour',
    'elastic',
    'perspective',
    'dilation',
    'noise',
    'blur',
    'mixup',
  ],
}

/** With its group, in the order of the groups and of what is named in them. */
function grouped(fields: readonly OptionField[]): OptionField[] {
  const places = Object.entries(groups).flatMap(([group, keys]) => keys.map((key) => ({ key, group })))
  const atHand = fields.filter(({ key }) => !places.some((place) => place.key === key))
  const placed = places.flatMap(({ key, group }) =>
    fields.filter((field) => field.key === key).map((field) => ({ ...field, group })),
  )
  return [...atHand, ...placed]
}

/** What can be trained, with the options that the window's form asks for. */
export function presets(): TrainingPreset[] {
  const all: TrainingPreset[] = [
    ...architectures.map(({ id, title, description, defaults }) => ({
      id,
      title,
      description,
      options: options.map((option) => ({
        ...option,
        default: defaults?.[option.key as keyof TrainingChoices] ?? option.default,
      })),
    })),
    {
      id: lineRecogniser.id,
      title: lineRecogniser.title,
      description: lineRecogniser.description,
      options: recogniserOptions,
      learns: 'lines',
    },
    { ...mlpClassifier, options: [...tableOptions, ...classOptions], learns: 'row-classes' },
    { ...mlpRegressor, options: [...tableOptions, lossOption], learns: 'row-numbers' },
  ]
  return all.map((preset) => ({ ...preset, options: grouped(preset.options) }))
}

/** The preset's own defaults, under what was chosen. */
export function chosenOptions(preset: TrainingPreset, chosen: TrainingChoices): TrainingOptions {
  const defaults = Object.fromEntries(preset.options.map((option) => [option.key, option.default]))
  const made = Object.entries(chosen).filter(([, value]) => value !== undefined)
  return trainingOptions.parse({ ...defaults, ...Object.fromEntries(made) })
}
