import { readFile } from 'node:fs/promises'
import { GlyphlabError } from '../../contract/index.ts'
import { displayedImage, readingPixels } from '../../imaging/image.ts'
import type { HandlersOf, Services } from '../services.ts'

const previewSide = 256

export function pictureProcedures({ sources }: Services): HandlersOf<'pictures'> {
  return {
    'pictures.preview': async ({ source }) => {
      const { file, name } = sources.locate(source)
      const bytes = await readFile(file).catch((cause: unknown) => {
        throw new GlyphlabError('NOT_FOUND', `${name} can't be read. Is it still there?`, undefined, {
          cause,
        })
      })
      const small = await readingPixels(name, async () =>
        (await displayedImage(bytes, name))
          .resize(previewSide, previewSide, { fit: 'inside', withoutEnlargement: true })
          .webp({ quality: 80, effort: 1 })
          .toBuffer(),
      )
      return { url: `data:image/webp;base64,${small.toString('base64')}` }
    },
  }
}
