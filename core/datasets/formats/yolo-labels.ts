import type { LabelledBox } from '../../contract/index.ts'
import { boxAround } from './boxes.ts'
import { stemOf } from './file-index.ts'
import { counted, type Notes } from './notes.ts'

/** Where Ultralytics looks for a picture's labels: the last folder `images` becomes `labels`, the extension `.txt`. */
export function labelPathOf(picture: string): string {
  const stem = stemOf(`/${picture}`)
  const at = stem.lastIndexOf('/images/')
  return `${at < 0 ? stem : `${stem.slice(0, at)}/labels/${stem.slice(at + 8)}`}.txt`.slice(1)
}

/** A pixel's hundredth: what six decimals of a share still tell on a picture of 5,000 px. */
const toPixels = (share: number, side: number): number => Math.round(share * side * 100) / 100

interface LabelFile {
  name: string
  text: string
  /** Class name of an index; undefined when the index is not in the list. */
  className: (index: number) => string | undefined
  /** Values of keypoints after each box; 0 where the set has none. */
  keypointValues: number
}

/**
 * The boxes of one label file on a picture of `width` x `height` px. Lines: `class cx cy w h` in shares of the picture,
 * `class x y x y x y ...` for polygons and turned boxes (the box around them is taken), or a box with keypoints.
 */
export function readLabels(
  { name, text, className, keypointValues }: LabelFile,
  { width, height }: { width: number; height: number },
  notes: Notes,
): LabelledBox[] {
  return text.split(/\r\n|\r|\n/).flatMap((line, index) => {
    const words = line.trim().split(/\s+/)
    if (words[0] === '') return []
    const place = `${name}:${index + 1}`
    const values = words.map(Number)
    const [category = Number.NaN, ...shares] = values
    if (!values.every(Number.isFinite) || shares.length < 4) {
      notes.add(
        'lines',
        place,
        (count, names) =>
          `${counted(count, 'line')} ${count === 1 ? 'is' : 'are'} no label and ${count === 1 ? 'was' : 'were'} left out (${names}).`,
      )
      return []
    }
    const label = className(category)
    if (label === undefined)
      notes.add(
        'classes',
        `${place}: ${category}`,
        (count, names) =>
          `${counted(count, 'label')} ${count === 1 ? 'has' : 'have'} a class that the list of names lacks, and so no class (${names}).`,
      )
    const box = shapeOf(shares, keypointValues, name, notes)
    if (Math.min(box.x0, box.y0) < -1e-6 || Math.max(box.x1, box.y1) > 1 + 1e-6)
      notes.add(
        'range',
        place,
        (count, names) =>
          `${counted(count, 'label')} ${count === 1 ? 'has' : 'have'} coordinates outside 0 to 1 (${names}).`,
      )
    return [
      {
        label: label ?? '',
        x0: toPixels(box.x0, width),
        y0: toPixels(box.y0, height),
        x1: toPixels(box.x1, width),
        y1: toPixels(box.y1, height),
        text: null,
      },
    ]
  })
}

function shapeOf(shares: readonly number[], keypointValues: number, name: string, notes: Notes) {
  const [cx = 0, cy = 0, width = 0, height = 0] = shares
  const centred = { x0: cx - width / 2, y0: cy - height / 2, x1: cx + width / 2, y1: cy + height / 2 }
  if (keypointValues > 0 && shares.length === 4 + keypointValues) {
    notes.add(
      'keypoints',
      name,
      (count, names) => `The keypoints of ${counted(count, 'object')} were not kept (${names}).`,
    )
    return centred
  }
  // An even number of values from six on is a polygon; five are a box with a confidence or a track.
  if (shares.length < 6 || shares.length % 2 !== 0) return centred
  notes.add(
    'polygons',
    name,
    (count, names) =>
      `${counted(count, 'polygon')} became the box around ${count === 1 ? 'it' : 'them'} (${names}).`,
  )
  return boxAround(shares) ?? centred
}
