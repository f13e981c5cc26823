import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { GlyphlabError, type JobProgress } from '../contract/index.ts'
import { archiveKind, expandArchive } from './archives/archive.ts'
import { columnsFile } from './formats/columns-file.ts'
import { scanDvc } from './formats/dvc.ts'
import { isPictureName } from './formats/picture-name.ts'
import type { ImportSource } from './importers/importer.ts'
import { holdsMoreThan, type ScanResult, scanFolder } from './scan.ts'
import { glance } from './tables/glance.ts'
import { rowsName } from './tables/table.ts'

export interface SourceRequest {
  /** The data folder: archives are unpacked in it. */
  home: string
  /** A folder, an archive, or one file. */
  root: string
  /** The kind of source, where the person says it. */
  importer: string | undefined
  options: Record<string, unknown>
  /** `look`: what was unpacked stays for the import that may follow; `import`: it is removed. */
  purpose: 'look' | 'import'
}

export interface SourcePort {
  progress(progress: JobProgress): void
  cancelled(): boolean
}

export interface OpenedSource {
  source: ImportSource
  /** Whether the files lie in the data folder only for now. */
  temporary: boolean
  /** An error's text with the place that the person knows. */
  nameFiles(message: string): string
  /** Removes what was unpacked for an import. */
  remove(): Promise<void>
}

const tabular = 'tabular'
const idxPart = /(images|labels)[-_.]idx[13]/
const plainName = (name: string): string => name.toLowerCase().replace(/\.gz$/, '').replace(idxPart, '')

/** A table that names no picture by its ending is looked for among so many files; what lies beside more of them is its own business. */
const mostBeside = 50_000
const rowsLookedAt = 50

/** Whether a table that was chosen is one of rows, so that nothing beside it matters. False where that is yet to be seen. */
async function isOfRows(file: string, importer: string | undefined): Promise<boolean> {
  if (importer !== undefined) return importer === tabular
  const rows = glance({ path: path.basename(file), file })?.rows.slice(0, rowsLookedAt) ?? []
  if (rows.some(({ cells }) => cells.some(isPictureName))) return false
  return holdsMoreThan(path.dirname(file), mostBeside)
}

/** What a single file stands for: a picture for itself, an IDX file for its pair, a table or list for all beside it. */
async function scanAround(
  file: string,
  { importer, options }: Pick<SourceRequest, 'importer' | 'options'>,
): Promise<{ scan: ScanResult; chosen: string }> {
  const chosen = path.basename(file)
  if (isPictureName(chosen))
    return { chosen, scan: { files: [{ path: chosen, file }], ignored: [], refused: [], emptyFolders: [] } }
  const { table = chosen } = options
  if (rowsName.test(chosen) && table === chosen && (await isOfRows(file, importer))) {
    const own = [file, columnsFile(file)].filter((each) => existsSync(each))
    const files = own.map((each) => ({ path: path.basename(each), file: each }))
    return { chosen, scan: { files, ignored: [], refused: [], emptyFolders: [] } }
  }
  const around = await scanFolder(path.dirname(file))
  if (!idxPart.test(chosen.toLowerCase()))
    return { chosen, scan: { ...around, ignored: [], emptyFolders: [] } }
  const files = around.files.filter(
    (other) => !other.path.includes('/') && plainName(other.path) === plainName(chosen),
  )
  return { chosen, scan: { files, ignored: [], refused: [], emptyFolders: [] } }
}

/**
 * Lists what lies in a source; an archive is unpacked first.
 * @throws GlyphlabError NOT_FOUND | UNREADABLE_FILE | UNSUPPORTED | DISK_FULL | CANCELLED
 */
export async function openSource(
  { home, root, importer, options, purpose }: SourceRequest,
  port: SourcePort,
): Promise<OpenedSource> {
  const say = (value: number, message: string) =>
    port.progress({ value, message, rate: null, rateUnit: null, remainingMs: null })
  let facts: Awaited<ReturnType<typeof stat>>
  try {
    facts = await stat(root)
  } catch {
    throw new GlyphlabError('NOT_FOUND', `${root} does not exist, or may not be read. Check the path.`)
  }
  const plain = { temporary: false, nameFiles: (message: string) => message, remove: async () => {} }
  const kind = facts.isFile() ? archiveKind(root) : null
  if (kind === null) {
    say(0, 'Looking through the folder')
    if (facts.isFile() && root.endsWith('.dvc'))
      return { ...plain, source: { root, scan: await scanDvc(root), options } }
    if (facts.isDirectory()) return { ...plain, source: { root, scan: await scanFolder(root), options } }
    const { scan, chosen } = await scanAround(root, { importer, options })
    return { ...plain, source: { root, chosen, scan, options } }
  }
  const expanded = await expandArchive(home, root, kind, purpose === 'import', {
    progress: (read, total) =>
      say(Math.min(0.2, (0.2 * read) / Math.max(1, total)), `Unpacking ${path.basename(root)}`),
    cancelled: port.cancelled,
  })
  const scan = await scanFolder(expanded.root)
  scan.refused.push(...expanded.refused)
  return {
    source: { root: expanded.root, scan, options },
    temporary: true,
    nameFiles: (message) => message.replaceAll(expanded.root, root),
    remove: purpose === 'import' ? expanded.remove : plain.remove,
  }
}
