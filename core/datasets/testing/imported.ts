import { mkdtempSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { BlobFiles, type BlobLocation } from '../../blobs/blob-files.ts'
import { exportDataset } from '../export-dataset.ts'
import type { ExportResult, ExportSample } from '../export-messages.ts'
import { importDataset } from '../import-dataset.ts'
import type { ImportedSample, ImportResult, MergeBase } from '../import-messages.ts'

export interface Imported {
  result: ImportResult
  samples: ImportedSample[]
  labelOf: (sample: ImportedSample) => string
  locate: (hash: string) => BlobLocation
}

interface ImportChoice {
  importer?: string
  options?: Record<string, unknown>
  /** The version that the samples are added to. */
  into?: Imported
  onConflict?: MergeBase['onConflict']
}

/** An imported version as the engine hands it to an import that adds to it. */
function baseOf(home: string, version: Imported, onConflict: MergeBase['onConflict']): MergeBase {
  const samplesFile = path.join(home, 'base.ndjson')
  const lines = exportable(version).map((sample) =>
    JSON.stringify({ ...sample, bytes: version.locate(sample.hash).length, pending: [] }),
  )
  writeFileSync(samplesFile, `${lines.join('\n')}\n`)
  return { samplesFile, table: version.result.table, onConflict }
}

/** Imports `root` into a data folder of its own below `folder`, as the import worker does. */
export async function importInto(
  folder: string,
  root: string,
  { importer, options = {}, into, onConflict = 'replace' }: ImportChoice = {},
): Promise<Imported> {
  const home = mkdtempSync(path.join(folder, 'home-'))
  const samples: ImportedSample[] = []
  const locations = new Map<string, BlobLocation>()
  const files = new BlobFiles(home)
  const locate = (hash: string): BlobLocation => {
    const location = locations.get(hash) ?? into?.locate(hash)
    if (!location) throw new Error(`${hash} was not stored`)
    return location
  }
  const result = await importDataset(
    {
      home,
      writer: 'import',
      root,
      seed: 42,
      fractions: { train: 0.8, validation: 0.1, test: 0.1 },
      importer,
      options,
      storage: 'copy',
      merge: into && baseOf(home, into, onConflict),
    },
    {
      progress: () => {},
      lookup: async () => new Set(),
      locate: async (hashes) => hashes.map(locate),
      blobs: (added) => {
        for (const blob of added)
          locations.set(
            blob.hash,
            'pack' in blob
              ? { file: files.packPath(blob.pack), offset: blob.offset, length: blob.bytes }
              : { file: files.loosePath(blob.hash), offset: 0, length: blob.bytes },
          )
      },
      version: () => {},
      samples: async (added) => {
        samples.push(...added)
      },
      cancelled: () => false,
    },
  )
  return {
    result,
    samples,
    labelOf: ({ label }) => result.labels[label]?.label ?? '',
    locate,
  }
}

/** The samples as an export reads them. */
export const exportable = ({ samples, labelOf, locate }: Imported): ExportSample[] =>
  samples.map((sample) => ({ ...sample, label: labelOf(sample), location: locate(sample.hash) }))

/** Exports `samples` (as an import gave them) into `directory`. */
export function exportTo(
  directory: string,
  exporter: string,
  { result }: Imported,
  samples: readonly ExportSample[],
  choice: { options?: Record<string, unknown>; gitLfs?: boolean; cancelled?: () => boolean } = {},
): Promise<ExportResult> {
  return exportDataset(
    {
      exporter,
      directory,
      options: choice.options ?? {},
      gitLfs: choice.gitLfs ?? false,
      version: {
        name: 'Set',
        number: 1,
        digest: result.digest,
        splitKind: result.split.kind,
        table: result.table,
      },
    },
    samples,
    { progress: () => {}, cancelled: choice.cancelled ?? (() => false) },
  )
}
