import { glob, readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { isPictureName } from '../../datasets/formats/picture-name.ts'
import { isJunk } from '../../datasets/junk.ts'

export interface NamedFiles {
  /** Absolute, each once, in order. */
  files: string[]
  /** Files of folders that are no pictures by their names. */
  passedOver: number
}

const isPattern = (text: string): boolean => /[*?[{]/.test(text)

async function filesIn(folder: string, recursive: boolean): Promise<NamedFiles> {
  const found: NamedFiles = { files: [], passedOver: 0 }
  const entries = await readdir(folder, { withFileTypes: true })
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    const place = path.join(folder, entry.name)
    if (isJunk(entry.name)) continue
    if (entry.isDirectory()) {
      if (!recursive) continue
      const below = await filesIn(place, recursive)
      found.files.push(...below.files)
      found.passedOver += below.passedOver
    } else if (isPictureName(entry.name)) found.files.push(place)
    else found.passedOver += 1
  }
  return found
}

/**
 * The files that a command line names: paths as they are (a missing one is left for the reading to say), patterns that
 * the shell left (`scans/*.tif`), the pictures of folders.
 */
export async function namedFiles(names: readonly string[], recursive: boolean): Promise<NamedFiles> {
  const files = new Set<string>()
  let passedOver = 0
  const addPlace = async (place: string) => {
    const facts = await stat(place).catch(() => undefined)
    if (!facts?.isDirectory()) {
      files.add(path.resolve(place))
      return
    }
    const inside = await filesIn(path.resolve(place), recursive)
    for (const file of inside.files) files.add(file)
    passedOver += inside.passedOver
  }
  for (const name of names) {
    const isThere = (await stat(name).catch(() => undefined)) !== undefined
    if (isThere || !isPattern(name)) {
      await addPlace(name)
      continue
    }
    const matches: string[] = []
    for await (const match of glob(name)) matches.push(match)
    for (const match of matches.sort()) await addPlace(match)
  }
  return { files: [...files], passedOver }
}
