import { readFile } from 'node:fs/promises'
import type { z } from 'zod'
import { GlyphlabError } from '../../contract/index.ts'

/**
 * The rules in a JSON file.
 * @param what of which it should hold a list, in words
 * @throws GlyphlabError naming the file and the place
 */
export async function readRulesFile<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
  what: string,
): Promise<z.infer<Schema>> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new GlyphlabError('NOT_FOUND', `${file} can't be read (${cause.code}). Check the path.`)
  })
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    throw new GlyphlabError(
      'INVALID_INPUT',
      `${file} is not JSON (${cause instanceof Error ? cause.message : cause}).`,
    )
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new GlyphlabError(
    'INVALID_INPUT',
    `${file} holds no list of ${what}: ${issues.slice(0, 5).join('; ')}`,
  )
}
