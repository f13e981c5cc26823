import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parse as parseYaml, stringify } from 'yaml'
import { z } from 'zod'
import { GlyphlabError } from '../../contract/index.ts'
import { comparePaths } from '../manifest.ts'
import { readSourceFile } from '../read-file.ts'
import type { ScanResult } from '../scan.ts'

/**
 * DVC 3's way to keep a folder: `<name>.dvc` points at a list of files, and list and files lie in a cache under their MD5
 * (https://dvc.org/doc/user-guide/project-structure/internal-files). DVC 2 had no `files/md5` in the cache's path.
 */
export const dvcCacheFolder = '.dvc/cache/files/md5'

export interface DvcEntry {
  md5: string
  /** Below the folder, with forward slashes. */
  relpath: string
  bytes: number
}

export const md5Of = (content: string | Uint8Array): string => createHash('md5').update(content).digest('hex')

/** Where the cache keeps an object; a list's hash ends in `.dir`. */
export const dvcCachePath = (hash: string): string => `${hash.slice(0, 2)}/${hash.slice(2)}`

/** JSON as Python's `json.dumps` writes it: a space behind each comma and colon, ASCII alone. */
const pythonString = (text: string): string =>
  JSON.stringify(text).replace(
    /[\x7f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** The list of a folder's files, byte for byte as DVC writes it, and its hash. */
export function dvcList(entries: readonly DvcEntry[]): { content: string; hash: string } {
  const lines = entries
    .toSorted((a, b) => comparePaths(a.relpath, b.relpath))
    .map(({ md5, relpath }) => `{"md5": "${md5}", "relpath": ${pythonString(relpath)}}`)
  const content = `[${lines.join(', ')}]`
  return { content, hash: `${md5Of(content)}.dir` }
}

/** The text of `<name>.dvc`. */
export function dvcPointer(name: string, hash: string, entries: readonly DvcEntry[]): string {
  const size = entries.reduce((sum, { bytes }) => sum + bytes, 0)
  const out = { md5: hash, size, nfiles: entries.length, hash: 'md5', path: name }
  return stringify({ outs: [out] }, { indentSeq: false })
}

const pointer = z.object({
  outs: z
    .array(
      z.object({
        md5: z.string().regex(/^[0-9a-f]{32}(\.dir)?$/, 'not an MD5 hash'),
        path: z.string(),
        /** Missing in files of DVC 2. */
        hash: z.literal('md5').optional(),
      }),
    )
    .length(1, 'one `outs` entry is read'),
})
const list = z.array(z.object({ md5: z.string().regex(/^[0-9a-f]{32}$/), relpath: z.string() }))

const unreadable = (file: string, why: string) =>
  new GlyphlabError('UNREADABLE_FILE', `${path.basename(file)}: ${why}`)

/** The cache folders of the repository that a file lies in, the newest layout first. @throws GlyphlabError NOT_FOUND */
function cacheFolders(file: string): string[] {
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const own = path.join(folder, '.dvc')
    if (existsSync(own)) {
      const config = ['config', 'config.local']
        .map((name) => path.join(own, name))
        .filter((name) => existsSync(name))
        .map((name) => readFileSync(name, 'utf8'))
        .join('\n')
      const given = /^\s*\[cache\][^[]*?^\s*dir\s*=\s*(.+?)\s*$/m.exec(config)?.[1]
      const cache = given ? path.resolve(own, given) : path.join(own, 'cache')
      return [path.join(cache, 'files', 'md5'), cache]
    }
    if (folder === path.dirname(folder))
      throw new GlyphlabError(
        'NOT_FOUND',
        `${path.basename(file)}: no folder above it is a DVC repository (there is no ".dvc" folder).`,
      )
  }
}

/**
 * What a `.dvc` file stands for, read from the local cache: each file under its own path, checked against its MD5. Files
 * that the cache lacks or holds damaged are refused by name.
 * @throws GlyphlabError UNREADABLE_FILE for what is no such file; NOT_FOUND when the list itself is not in the cache.
 */
export async function scanDvc(file: string): Promise<ScanResult> {
  let parsed: z.infer<typeof pointer>
  try {
    parsed = pointer.parse(parseYaml(readFileSync(file, 'utf8')))
  } catch (cause) {
    const why = cause instanceof z.ZodError ? (cause.issues[0]?.message ?? '') : String(cause).split('\n')[0]
    throw unreadable(file, `not a file of DVC that can be read (${why}).`)
  }
  const [out] = parsed.outs
  if (!out) throw unreadable(file, 'it points at nothing.')
  const folders = cacheFolders(file)
  const cached = (hash: string) =>
    folders.map((folder) => path.join(folder, dvcCachePath(hash))).find((candidate) => existsSync(candidate))
  const found = cached(out.md5)
  const fetch = `Run "dvc fetch ${path.basename(file)}" in its folder first.`
  if (!found)
    throw new GlyphlabError(
      'NOT_FOUND',
      `${path.basename(file)}: ${out.path} is not in the local DVC cache. ${fetch}`,
    )
  const scan: ScanResult = { files: [], ignored: [], refused: [], emptyFolders: [] }
  const take = async (relpath: string, md5: string) => {
    const object = cached(md5)
    if (!object) scan.refused.push({ path: relpath, reason: `not in the local DVC cache. ${fetch}` })
    else if (md5Of(await readSourceFile(object)) !== md5)
      scan.refused.push({ path: relpath, reason: `damaged in the DVC cache (its MD5 is not ${md5})` })
    else scan.files.push({ path: relpath, file: object })
  }
  if (!out.md5.endsWith('.dir')) {
    await take(path.posix.basename(out.path), out.md5)
    return scan
  }
  const content = readFileSync(found, 'utf8')
  if (`${md5Of(content)}.dir` !== out.md5)
    throw unreadable(file, `its list of files is damaged in the DVC cache. ${fetch}`)
  for (const { md5, relpath } of list.parse(JSON.parse(content))) await take(relpath, md5)
  return scan
}
