import { z } from 'zod'
import { type DvcEntry, dvcCacheFolder, dvcCachePath, dvcList, dvcPointer, md5Of } from '../formats/dvc.ts'
import { parseOptions } from '../options.ts'
import { classFolders } from './class-folders.ts'
import type { Exporter } from './exporter.ts'
import { safeName } from './safe-names.ts'
import { table } from './table.ts'

const layouts = { 'class-folders': classFolders, table }
const dvcOptions = z.looseObject({ layout: z.enum(['class-folders', 'table']).default('class-folders') })

/** The version as a DVC repository without its working files: `dvc checkout` writes them. */
export const dvc: Exporter = {
  id: 'dvc',
  title: 'DVC repository',
  description:
    'A .dvc file with the cache that it points into; "dvc checkout" there writes the pictures as class folders or as a table.',

  async write(job) {
    const { layout, ...rest } = parseOptions(dvcOptions, job.options, 'dvc')
    const { writer } = job
    const entries: DvcEntry[] = []
    const kept = new Set<string>()
    const warnings = await writer.placed(
      (relpath, content) => {
        const md5 = md5Of(content)
        entries.push({ md5, relpath, bytes: Buffer.byteLength(content) })
        if (kept.has(md5)) return null
        kept.add(md5)
        return `${dvcCacheFolder}/${dvcCachePath(md5)}`
      },
      () => layouts[layout].write({ ...job, options: rest }),
    )
    const { content, hash } = dvcList(entries)
    const name = safeName(job.version.name)
    await writer.file(`${dvcCacheFolder}/${dvcCachePath(hash)}`, content)
    // Works outside Git too; inside it, DVC wants these lines gone.
    await writer.file('.dvc/config', '[core]\n    no_scm = True\n')
    await writer.file('.dvc/.gitignore', '/config.local\n/tmp\n/cache\n')
    await writer.file('.gitignore', `/${name}\n`)
    await writer.file(`${name}.dvc`, dvcPointer(name, hash, entries))
    return warnings
  },
}
