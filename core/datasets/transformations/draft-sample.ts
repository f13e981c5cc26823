import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { BlobLocation } from '../../blobs/blob-files.ts'
import {
  type Annotation,
  type Box,
  GlyphlabError,
  type LabelledBox,
  type Subset,
} from '../../contract/index.ts'

/** One change of a picture's pixels, settled to the last number when the recipe is planned. Lengths in px. */
export type PixelStep =
  | { kind: 'resize'; width: number; height: number; mode: 'stretch' | 'on-white' }
  | { kind: 'crop'; box: Box }
  | {
      kind: 'distort'
      mirror: boolean
      upsideDown: boolean
      degrees: number
      shiftX: number
      shiftY: number
      /** Factor on each value. */
      brightness: number
      /** Standard deviation, of 255. */
      noise: number
      seed: number
    }

/** A sample while a recipe is applied: its facts are final, its pixels may still have to be drawn. */
export interface DraftSample extends Annotation {
  path: string
  /** Of the stored content that `location` holds. */
  hash: string
  location: BlobLocation
  label: string
  subset: Subset
  /** Displayed size in px, after `pending`. */
  width: number
  height: number
  bytes: number
  mediaType: string
  /** What is to be done with the stored content, in order. */
  pending: PixelStep[]
}

/** The samples of a version from a file with one in JSON a line, as the engine writes it for a worker. */
export async function readDraftSamples(file: string): Promise<DraftSample[]> {
  const samples: DraftSample[] = []
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })
  for await (const line of lines) if (line !== '') samples.push(JSON.parse(line) as DraftSample)
  return samples
}

/** Equal for samples of equal content. */
export const contentKey = ({ hash, pending }: Pick<DraftSample, 'hash' | 'pending'>): string =>
  pending.length === 0 ? hash : `${hash} ${JSON.stringify(pending)}`

/** What a step works with besides the samples. */
export interface StepContext {
  /** Samples of the versions that `merge` names, by id, with how a person calls them. */
  others: ReadonlyMap<string, { title: string; samples: readonly DraftSample[] }>
  warn(message: string): void
}

/** @throws GlyphlabError INVALID_INPUT, naming the classes there are, for one that there is not. */
export function requireClasses(samples: readonly DraftSample[], wanted: readonly string[]): void {
  const known = new Set(samples.map(({ label }) => label))
  const missing = wanted.filter((label) => !known.has(label))
  if (missing.length === 0) return
  const listed = [...known]
    .sort()
    .slice(0, 20)
    .map((label) => `"${label}"`)
  throw new GlyphlabError(
    'INVALID_INPUT',
    `There is no class ${missing.map((label) => `"${label}"`).join(', ')}. There ${known.size === 1 ? 'is' : 'are'} ${listed.join(', ')}${known.size > listed.length ? ` and ${known.size - listed.length} more` : ''}.`,
  )
}

/** @throws GlyphlabError INVALID_INPUT when none of the paths exists; warns when some do not. */
export function requirePaths(
  samples: readonly DraftSample[],
  wanted: ReadonlySet<string>,
  { warn }: Pick<StepContext, 'warn'>,
): void {
  const found = samples.reduce((count, { path }) => count + (wanted.has(path) ? 1 : 0), 0)
  const [first] = wanted
  if (found === 0)
    throw new GlyphlabError(
      'INVALID_INPUT',
      `None of the ${wanted.size} pictures it names is there (${first}). Look at the paths in the version it is applied to.`,
    )
  if (found < wanted.size)
    warn(`${wanted.size - found} of ${wanted.size} pictures that a step names are not there.`)
}

/** `a/b.png`, `again-1` -> `a/b.again-1.png`; with an `extension` that one takes the place of the old. */
export function derivedPath(path: string, mark: string, extension?: string): string {
  const dot = path.lastIndexOf('.')
  const stem = dot > path.lastIndexOf('/') + 1 ? path.slice(0, dot) : path
  const old = path.slice(stem.length)
  return extension === undefined ? `${stem}.${mark}${old}` : `${stem}.${mark}.${extension}`
}

/** Hands out paths that no sample has. */
export class PathPool {
  private readonly taken: Set<string>

  constructor(samples: readonly { path: string }[]) {
    this.taken = new Set(samples.map(({ path }) => path))
  }

  /** The path itself, or with a number before its extension. */
  claim(path: string): string {
    let free = path
    for (let n = 2; this.taken.has(free); n += 1) free = derivedPath(path, String(n))
    this.taken.add(free)
    return free
  }
}

/** Boxes within the picture; what lies outside is gone. */
export function clipBoxes(boxes: readonly LabelledBox[], width: number, height: number): LabelledBox[] {
  return boxes.flatMap((box) => {
    const clipped = {
      ...box,
      x0: Math.max(0, box.x0),
      y0: Math.max(0, box.y0),
      x1: Math.min(width, box.x1),
      y1: Math.min(height, box.y1),
    }
    return clipped.x1 > clipped.x0 && clipped.y1 > clipped.y0 ? [clipped] : []
  })
}
