import fs from 'node:fs'
import path from 'node:path'
import { GlyphlabError } from '../../contract/index.ts'
import type { RunSource } from './importer.ts'

/** Folders that hold no runs and many files. */
const leftOut = new Set(['.git', 'node_modules', '__pycache__'])

/** Looks through a source. Links are not followed. @throws GlyphlabError NOT_FOUND | UNREADABLE_FILE */
export function openRunSource(root: string, name: string, place: string): RunSource {
  try {
    const isFolder = fs.statSync(root).isDirectory()
    return { root, name, place, isFolder, files: isFolder ? filesBelow(root) : [] }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new GlyphlabError('NOT_FOUND', `There is no ${root}.`, undefined, { cause })
    throw new GlyphlabError('UNREADABLE_FILE', `${root} can't be read: ${message}`, undefined, { cause })
  }
}

function filesBelow(root: string): string[] {
  const files: string[] = []
  const visit = (folder: string) => {
    let entries: fs.Dirent[]
    try {
      entries = fs.readdirSync(path.join(root, folder), { withFileTypes: true })
    } catch (cause) {
      // A folder that can't be read hides its runs, not the others.
      if (folder === '') throw cause
      return
    }
    for (const entry of entries) {
      const below = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isFile()) files.push(below)
      else if (entry.isDirectory() && !leftOut.has(entry.name)) visit(below)
    }
  }
  visit('')
  return files.sort()
}
