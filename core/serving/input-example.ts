import { join } from 'node:path'
import { exampleOf } from '../domain/model-manifest.ts'
import { inspectImage } from '../imaging/image.ts'
import { readManifest, readVerifiedFile } from '../training/model-files.ts'
import type { Route } from './routes/route.ts'

/** An input that a version was made for, and that a person may try it with first. */
export interface InputExample {
  /** What it was called where it comes from. */
  name: string
  /** Its media type: that of a picture, or `application/json` for a request with rows. */
  type: string
  bytes: Buffer
}

export const examplePath = '/v1/example'

/** Base64 in a description is read by nobody and slows its reader: larger pictures are named by their address. */
const largestInline = 64 * 1024

/** The input example in a version's folder; null: it has none. @throws GlyphlabError DAMAGED, naming the file */
export async function readInputExample(directory: string): Promise<InputExample | null> {
  const manifest = await readManifest(directory)
  const example = exampleOf(manifest)
  if (!example) return null
  const { name } = example
  const bytes = await readVerifiedFile(directory, example)
  if ('columns' in manifest.preprocessing) return { name, type: 'application/json', bytes }
  const { mediaType } = await inspectImage(bytes, join(directory, example.path))
  return { name, type: mediaType, bytes }
}

/** A request with the example, for each way to ask, as OpenAPI's media type objects have it. */
export function requestExamples(example: InputExample | null | undefined): NonNullable<Route['examples']> {
  if (!example) return {}
  if (example.type === 'application/json') {
    return { 'application/json': { example: JSON.parse(example.bytes.toString('utf8')) } }
  }
  return {
    ...(example.bytes.length <= largestInline && {
      'application/json': { example: { image: example.bytes.toString('base64') } },
    }),
    'image/*': { examples: { input: { summary: example.name, externalValue: examplePath } } },
  }
}
