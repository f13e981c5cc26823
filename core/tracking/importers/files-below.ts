import fs from 'node:fs'
import path from 'node:path'

/** The files below a folder, relative, with `/`, in order; none where there is no such folder. Links are left out. */
export function filesIn(folder: string): string[] {
  const files: string[] = []
  const visit = (below: string) => {
    let entries: fs.Dirent[]
    try {
      entries = fs.readdirSync(path.join(folder, below), { withFileTypes: true })
    } catch {
      return
    }
    for (const entry of entries) {
      const place = below === '' ? entry.name : `${below}/${entry.name}`
      if (entry.isFile()) files.push(place)
      else if (entry.isDirectory()) visit(place)
    }
  }
  visit('')
  return files.sort()
}
