import type { z } from 'zod'
import { GlyphlabError } from '../../contract/index.ts'

/** A plugin's own options. @throws GlyphlabError INVALID_INPUT, naming the plugin and what is wrong. */
export function parseOptions<T extends z.ZodType>(
  schema: T,
  options: Record<string, unknown>,
  plugin: string,
): z.output<T> {
  const parsed = schema.safeParse(options)
  if (parsed.success) return parsed.data
  const reasons = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'options'}: ${message}`)
  throw new GlyphlabError('INVALID_INPUT', `Options of ${plugin}: ${reasons.join('; ')}.`)
}
