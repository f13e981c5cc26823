import type { BundleCommand } from '../../contract/index.ts'
import type { BundleManifest } from '../../domain/bundle.ts'
import type { BundleWriter } from '../bundle-writer.ts'

/** What a target knows of the bundle whose files (server, model or language data, golden answers) are written. */
export interface TargetContext {
  writer: BundleWriter
  bundle: Omit<BundleManifest, 'files'>
  /** Where the bundle will stand. */
  directory: string
  /** Names of the golden inputs, below `golden/`. */
  goldenFiles: string[]
}

/** A way to run a bundle. It adds its own files to those that every bundle has. */
export interface DeployTarget {
  id: string
  title: string
  description: string
  /** Returns what a person types to build, run and try it. */
  write(context: TargetContext): Promise<BundleCommand[]>
}
