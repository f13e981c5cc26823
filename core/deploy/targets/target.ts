import type { BundleManifest } from '../../domain/bundle.ts'
import type { BundleWriter } from '../bundle-writer.ts'

/** What a target knows of the bundle whose files (server, model or language data, golden answers) are written. */
export interface TargetContext {
  writer: BundleWriter
  bundle: Omit<BundleManifest, 'files'>
  /** Names of the golden inputs, below `golden/`. */
  goldenFiles: string[]
}

/** A way to run a bundle. It adds its own files to those that every bundle has. */
export interface DeployTarget {
  id: string
  title: string
  description: string
  write(context: TargetContext): Promise<void>
}
