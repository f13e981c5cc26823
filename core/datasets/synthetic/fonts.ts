import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { GlyphlabError } from '../../contract/index.ts'

const namedAtMost = 20

/** Families of the fonts on this machine, as fontconfig lists them; null where it is not there to be asked. */
export async function fontFamilies(): Promise<string[] | null> {
  try {
    const { stdout } = await promisify(execFile)('fc-list', [':', 'family'])
    const names = stdout.split('\n').flatMap((line) => line.split(',').map((name) => name.trim()))
    return [...new Set(names.filter((name) => name !== ''))].sort()
  } catch {
    return null
  }
}

/** @throws GlyphlabError INVALID_INPUT, naming fonts that this machine lacks and some that it has */
export async function refuseMissingFonts(wanted: readonly string[]): Promise<void> {
  const families = await fontFamilies()
  if (!families) return
  const known = new Set(families.map((name) => name.toLowerCase()))
  const missing = wanted.filter((name) => !known.has(name.toLowerCase()))
  if (missing.length === 0) return
  throw new GlyphlabError(
    'INVALID_INPUT',
    `There is no font ${missing.map((name) => `"${name}"`).join(', ')} on this machine. There are: ${families.slice(0, namedAtMost).join(', ')}${families.length > namedAtMost ? ', ...' : ''}. Or put its .ttf or .otf file beside the text.`,
  )
}
