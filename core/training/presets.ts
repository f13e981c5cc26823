import {
  type OptionField,
  type TrainingChoices,
  type TrainingOptions,
  type TrainingPreset,
  trainingOptions,
} from '../contract/index.ts'
import { architectures } from './architectures/index.ts'
import { lineRecogniser } from './architectures/line-recogniser.ts'

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

/** What can be trained, with the options that the window's form asks for. */
export function presets(): TrainingPreset[] {
  return [
    ...architectures.map(({ id, title, description }) => ({ id, title, description, options })),
    {
      id: lineRecogniser.id,
      title: lineRecogniser.title,
      description: lineRecogniser.description,
      options: recogniserOptions,
    },
  ]
}

/** The preset's own defaults, under what was chosen. */
export function chosenOptions(preset: TrainingPreset, chosen: TrainingChoices): TrainingOptions {
  const defaults = Object.fromEntries(preset.options.map((option) => [option.key, option.default]))
  const made = Object.entries(chosen).filter(([, value]) => value !== undefined)
  return trainingOptions.parse({ ...defaults, ...Object.fromEntries(made) })
}
