import type { ExportInput, ExportSample } from '../export-messages.ts'
import type { ExportWriter } from './export-writer.ts'

export interface ExportJob {
  version: ExportInput['version']
  /** In canonical order. */
  samples: readonly ExportSample[]
  /** As they came from outside: each exporter parses its own (zod), and names what is wrong with INVALID_INPUT. */
  options: Record<string, unknown>
  writer: ExportWriter
}

/** A format to write. Adding one is adding a file here and naming it in `exporters/index.ts`. */
export interface Exporter {
  id: string
  title: string
  /** One sentence: what lies in the folder afterwards. */
  description: string
  /** Pictures where left out; rows need a table version. */
  content?: 'pictures' | 'rows'
  /** Writes everything through `job.writer` and returns what the format could not carry. @throws GlyphlabError */
  write(job: ExportJob): Promise<string[]>
}
