import { z } from 'zod'
import { GlyphlabError } from '../contract/index.ts'

/** Of a plugin that has no options. */
export const withoutOptions = z.strictObject({})

/** A yes or no that may come as text, as from a command line. */
export const yesOrNo = z.union([
  z.boolean(),
  z.enum(['true', 'false', 'yes', 'no']).transform((text) => text === 'true' || text === 'yes'),
])

/** @throws GlyphlabError INVALID_INPUT, naming the plugin, the option and what is wrong with it. */
export function parseOptions<T extends z.ZodType>(
  schema: T,
  options: Record<string, unknown>,
  plugin: string,
): z.output<T> {
  const parsed = schema.safeParse(options)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map((issue) => {
    if (issue.code === 'unrecognized_keys')
      return `there is no option ${issue.keys.map((key) => `"${key}"`).join(', ')}`
    return issue.path.length > 0 ? `option "${issue.path.join('.')}": ${issue.message}` : issue.message
  })
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
  const remedy = known.length > 0 ? ` Its options are: ${known.join(', ')}.` : ' It has no options.'
  throw new GlyphlabError('INVALID_INPUT', `"${plugin}": ${issues.join('; ')}.${remedy}`)
}
