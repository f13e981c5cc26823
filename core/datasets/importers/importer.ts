import type {
  Annotation,
  ColumnKind,
  RefusedFile,
  Subset,
  TableCell,
  TableFacts,
} from '../../contract/index.ts'
import type { ImageInfo } from '../../imaging/image.ts'
import type { FilePath, ScanResult } from '../scan.ts'
import type { ColumnMapping } from '../tables/column-roles.ts'

/** A picture that was read and can be decoded. */
export interface DecodedPicture {
  path: string
  content: Buffer
  info: ImageInfo
}

/** One sample that an importer found; its bytes are read when its turn comes. */
export interface Candidate {
  /** Relative path: the sample's identity. */
  path: string
  /** `''`: it has no class. */
  label: string
  /** Known beforehand, or made when the picture has been read (boxes in shares of its size). It does not throw. */
  annotation?: Partial<Annotation> | ((picture: DecodedPicture) => Promise<Partial<Annotation>>)
  /** Where the source itself assigns one (folders `train`, `test`, files `t10k-...`). */
  subset: Subset | null
  read: () => Promise<Buffer>
  /** The file whose bytes `read` gives unchanged, where there is one: it can be linked. */
  file?: FilePath
  /** Set when the importer made the picture itself: it needs no check. */
  info: ImageInfo | null
}

export interface ImportPlan {
  candidates: Candidate[]
  warnings: string[]
  /** Warnings that sum up what happened to the pictures, asked for after the last of them. */
  laterWarnings?: () => string[]
}

export interface ImportSource {
  /** A folder, or a single file. */
  root: string
  /** The relative path of the file that was chosen, where a file and not its folder was. */
  chosen?: string
  scan: ScanResult
  /** As they came from outside: each importer parses its own (zod), and names what is wrong with INVALID_INPUT. */
  options: Record<string, unknown>
}

/** A table of labels as the person sees it before an import. */
export interface TablePreview {
  /** Relative path. */
  file: string
  /** All tables of the source that could be taken instead. */
  tables: string[]
  columns: string[]
  /** The first rows. */
  rows: string[][]
  rowCount: number
  mapping: ColumnMapping
  /** Of which kind each column looks, where its rows are the samples. */
  kinds?: Record<string, ColumnKind>
}

/** A row of a table that is a sample. */
export interface SourceRow {
  path: string
  line: number
  /** In the order of the columns. */
  cells: TableCell[]
  label: string
  value: number | null
  group: string | null
  /** The subset that the source assigns. */
  given: Subset | null
}

/** What the rows of a table have in common. */
export interface RowShape {
  /** Those to learn from, with their kinds. */
  columns: readonly { name: string; kind: ColumnKind }[]
  target: TableFacts['target']
}

/** The rows of a table, read in pieces. */
export interface RowSource extends RowShape {
  rowCount: number
  /** Whether a column names the rows; otherwise they are numbered. */
  named: boolean
  /** Rows with where they stand, and those that are refused. Read once. */
  read(): AsyncGenerator<((SourceRow & { where: string }) | RefusedFile)[]>
  /** Asked for after the last row. */
  warnings(): string[]
}

/** A kind of source. Adding one is adding a file here and naming it in `importers/index.ts`. */
export interface Importer {
  id: string
  title: string
  /** Whether the source looks like this kind. */
  detects(source: ImportSource): boolean
  /** Lists the samples; what it refuses goes into `source.scan.refused`. @throws GlyphlabError when nothing can be made of it. */
  plan(source: ImportSource): Promise<ImportPlan>
  /** The table that the labels come from, with the columns as they would be taken. @throws GlyphlabError */
  table?(source: ImportSource): Promise<TablePreview>
  /** The options that `plan` would guess where they are left out. */
  guess?(source: ImportSource): Record<string, unknown>
  /**
   * Where the samples are rows of a table: an import takes them instead of what `plan` lists.
   * @param base the table that the rows are added to: they have its columns, of its kinds, and its target
   * @throws GlyphlabError
   */
  rows?(source: ImportSource, base: RowShape | null): Promise<RowSource>
}
