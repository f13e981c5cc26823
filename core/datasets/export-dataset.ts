import { writeNewFolder } from '../blobs/new-folder.ts'
import { GlyphlabError } from '../contract/index.ts'
import type { ExportInput, ExportResult, ExportSample } from './export-messages.ts'
import { type ExportPort, ExportWriter } from './exporters/export-writer.ts'
import { exporterById } from './exporters/index.ts'

/** Lines for the extensions of pictures, in either case (gitattributes has no flag for that). */
const lfsAttributes = (extensions: ReadonlySet<string>): string =>
  [...extensions]
    .sort()
    .map((extension) => extension.replace(/[a-z]/gi, (c) => `[${c.toLowerCase()}${c.toUpperCase()}]`))
    .map((pattern) => `*${pattern} filter=lfs diff=lfs merge=lfs -text\n`)
    .join('')

/**
 * Writes a dataset version in another program's format. The folder appears whole or not at all; pictures are the stored
 * originals, byte for byte; names are such that Windows, macOS and Linux can hold them.
 * @param samples in canonical order
 * @throws GlyphlabError CONFLICT when the folder holds anything; DISK_FULL; FORBIDDEN; DAMAGED; CANCELLED
 */
export async function exportDataset(
  { exporter: id, options, gitLfs, directory, version }: ExportInput,
  samples: readonly ExportSample[],
  port: ExportPort,
): Promise<ExportResult> {
  const exporter = exporterById(id)
  return await writeNewFolder(directory, async (fresh) => {
    const writer = new ExportWriter(fresh, samples.length, port)
    const warnings = await exporter.write({ version, samples, options, writer })
    if (gitLfs) await writer.file('.gitattributes', lfsAttributes(writer.extensions))
    if (port.cancelled())
      throw new GlyphlabError('CANCELLED', 'The export was cancelled. Nothing of it was kept.')
    return { directory, exporter: id, pictures: writer.pictures, bytes: writer.bytes, warnings }
  })
}
