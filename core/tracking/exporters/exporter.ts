import type { BlobLocation } from '../../blobs/blob-files.ts'
import type { Run, RunInput, ServerAccess } from '../../contract/index.ts'

/** A run besides its points and files. */
export interface ExportedRun {
  /** Its metrics are only the latest ones: the points come one key after the other. */
  run: Run
  inputs: RunInput[]
  experimentTags: Record<string, string>
}

/** Writes runs, one after the other. */
export interface RunWriter {
  begin(run: ExportedRun): Promise<void>
  /** Step, value and time (ms) of each point, one after the other, in step order. Called several times for a long series. */
  points(key: string, points: Float64Array): Promise<void>
  artifact(path: string, location: BlobLocation): Promise<void>
  end(): Promise<void>
  /** All runs are written. */
  finish(): Promise<void>
}

/** Writes runs in another program's format. Adding one = adding a file and its line in `index.ts`. */
export interface RunExporter {
  id: string
  title: string
  description: string
  /** `folder`: a new or empty one; `server`: an address. */
  target: 'folder' | 'server'
  /**
   * @param target a folder to fill, or the server's address
   * @param warn takes what the format can't carry, in words
   * @param place where a folder will be in the end
   * @param access what a server wants to know of who asks
   */
  open(target: string, warn: (text: string) => void, place: string, access: ServerAccess): RunWriter
}
