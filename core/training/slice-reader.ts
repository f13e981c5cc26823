import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { GlyphlabError } from '../contract/index.ts'
import { changedReference, missingReference } from '../domain/file-reference.ts'
import type { SampleLocation, TrainingSamples } from '../domain/training-request.ts'

type Sample = TrainingSamples['samples'][number]

/** Slices of one file that are read together. `indices` point into the samples. */
interface Run {
  file: string
  start: number
  end: number
  indices: number[]
}

const mostPerRun = 256
const longestRun = 4 * 2 ** 20
const widestGap = 64 * 1024

/** Groups slices that lie near one another in a file, so that thousands of pictures take few reads. */
function runsOf(samples: readonly Sample[], indices: readonly number[]): Run[] {
  const ordered = [...indices].sort((a, b) => {
    const left = sampleAt(samples, a).location
    const right = sampleAt(samples, b).location
    if (left.file !== right.file) return left.file < right.file ? -1 : 1
    return left.offset - right.offset
  })
  const runs: Run[] = []
  for (const index of ordered) {
    const { file, offset, length } = sampleAt(samples, index).location
    const last = runs.at(-1)
    const end = offset + length
    const fits =
      last?.file === file &&
      last.indices.length < mostPerRun &&
      offset - last.end <= widestGap &&
      end - last.start <= longestRun
    if (last && fits) {
      last.indices.push(index)
      last.end = Math.max(last.end, end)
    } else {
      runs.push({ file, start: offset, end, indices: [index] })
    }
  }
  return runs
}

/**
 * Hands the bytes of each sample to `use`, a few at a time and in no particular order. Stops at the first failure.
 * @param indices which samples
 * @param parallel how many samples are worked on at once
 * @throws GlyphlabError UNREADABLE_FILE, naming the sample whose bytes can't be read; and whatever `use` throws
 */
export async function forEachSample(
  samples: readonly Sample[],
  indices: readonly number[],
  parallel: number,
  use: (bytes: Buffer, sample: Sample, index: number) => Promise<void>,
): Promise<void> {
  const waiting = runsOf(samples, indices).reverse()
  let failed = false

  const work = async (): Promise<void> => {
    for (let run = waiting.pop(); run && !failed; run = waiting.pop()) {
      const block = await readBlock(run, sampleAt(samples, run.indices[0] ?? 0))
      for (const index of run.indices) {
        if (failed) return
        const sample = sampleAt(samples, index)
        const start = sample.location.offset - run.start
        const bytes = block.subarray(start, start + sample.location.length)
        refuseChanged(bytes, sample.location)
        if (bytes.length < sample.location.length) {
          throw unreadable(sample.path, run.file, 'it ends too early')
        }
        await use(bytes, sample, index)
      }
    }
  }
  const workers = Array.from({ length: parallel }, () =>
    work().catch((cause: unknown) => {
      failed = true
      throw cause
    }),
  )
  const failure = (await Promise.allSettled(workers)).find((outcome) => outcome.status === 'rejected')
  if (failure) throw failure.reason
}

/** @throws GlyphlabError DAMAGED for a file imported by reference whose content is another one by now */
function refuseChanged(bytes: Buffer, { file, reference }: SampleLocation): void {
  if (!reference) return
  if (createHash('sha256').update(bytes).digest('hex') !== reference.hash) throw changedReference(file)
}

async function readBlock(run: Run, { path, location }: Sample): Promise<Buffer> {
  try {
    const handle = await open(run.file, 'r')
    try {
      const block = Buffer.allocUnsafe(run.end - run.start)
      const { bytesRead } = await handle.read(block, 0, block.length, run.start)
      return block.subarray(0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch (cause) {
    if (location.reference) throw missingReference(run.file, cause)
    throw unreadable(path, run.file, cause instanceof Error ? cause.message : String(cause))
  }
}

function unreadable(name: string, file: string, reason: string): GlyphlabError {
  return new GlyphlabError(
    'UNREADABLE_FILE',
    `${name}: its bytes can't be read from ${file} (${reason}). Import the dataset again.`,
  )
}

function sampleAt(samples: readonly Sample[], index: number): Sample {
  const sample = samples[index]
  if (!sample) throw new Error(`no sample ${index}`)
  return sample
}
