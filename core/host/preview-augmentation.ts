import { open } from 'node:fs/promises'
import type { ParsedInput, ProcedureOutput } from '../contract/index.ts'
import { trainingOptions } from '../contract/index.ts'
import { modelPixels } from '../imaging/image.ts'
import { encodePng } from '../imaging/png.ts'
import type { DatasetStore } from '../store/dataset-store.ts'
import { augmentPicture } from '../training/augmentation.ts'

const largestSide = 96

/** Some pictures of a version, and how the first epochs would show them. */
export async function previewAugmentation(
  datasets: DatasetStore,
  { versionId, options, pictures, variants }: ParsedInput<'training.previewAugmentation'>,
): Promise<ProcedureOutput<'training.previewAugmentation'>> {
  const chosen = trainingOptions.parse(options)
  const { sampleCount } = datasets.version(versionId)
  const count = Math.min(pictures, sampleCount)
  const samples = Array.from(
    { length: count },
    (_, n) => datasets.stored(versionId, Math.floor((n * sampleCount) / count), 1)[0],
  ).filter((sample) => sample !== undefined)
  return {
    pictures: await Promise.all(
      samples.map(async ({ path, ordinal, width, height, location }) => {
        const side = chosen.imageSize || Math.min(largestSide, Math.max(width, height))
        const size = { width: side, height: side, channels: 3 } as const
        const pixels = await modelPixels(await bytesAt(location), path, size)
        const url = (shown: Uint8Array) =>
          `data:image/png;base64,${encodePng(shown, side, side).toString('base64')}`
        return {
          path,
          original: url(pixels),
          variants: Array.from({ length: variants }, (_, index) =>
            url(
              augmentPicture(pixels, size, chosen, { seed: chosen.seed, epoch: index + 1, sample: ordinal }),
            ),
          ),
        }
      }),
    ),
  }
}

async function bytesAt({ file, offset, length }: { file: string; offset: number; length: number }) {
  const handle = await open(file, 'r')
  try {
    const bytes = Buffer.alloc(length)
    await handle.read(bytes, 0, length, offset)
    return bytes
  } finally {
    await handle.close()
  }
}
