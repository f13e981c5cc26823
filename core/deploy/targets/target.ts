import type { BundleCommand, OptionField } from '../../contract/index.ts'
import type { BundleManifest } from '../../domain/bundle.ts'

/** What a target knows of the bundle whose common files (server, model or language data, golden answers) are written. */
export interface TargetContext {
  bundle: Omit<BundleManifest, 'files'>
  /** Where the bundle will stand. */
  directory: string
  /** Names of the golden inputs, below `golden/`. */
  goldenFiles: string[]
  /** What a person asks it with first: the version's input example, or a golden input. */
  exampleFile: string
  /** The value of one of the target's own options. */
  option(key: string): string | number | boolean
  /** Whether another target is in the same bundle. */
  has(target: string): boolean
}

export interface BundleFile {
  /** From the bundle's root, with forward slashes. */
  path: string
  content: string
  executable?: boolean
}

/** A way to run a bundle. It adds its own files to those that every bundle has. Adding one is adding a file here. */
export interface DeployTarget {
  id: string
  title: string
  description: string
  options: OptionField[]
  /** Ids of the targets that this one builds on; they are written too. */
  needs: string[]
  files(context: TargetContext): BundleFile[]
  /** What a person types to build, run and try it, from any directory. */
  commands(context: TargetContext): BundleCommand[]
  /** Its part of the bundle's README.md: Markdown that begins with a heading of the second level. */
  readme(context: TargetContext): string
}
