import type { RunInput, RunStatus } from '../../contract/index.ts'

/** A folder or file that somebody's runs lie in. Nothing is ever written to it. */
export interface RunSource {
  /** Absolute. */
  root: string
  isFolder: boolean
  /** Of a folder: every file below it, relative, with `/`, in order. Of a file: none. */
  files: readonly string[]
  /** What the person calls it: the last part of its path, or the name of what was uploaded. */
  name: string
  /** Names the source for good, so that its runs are known again: its path, or its name where it was uploaded. */
  place: string
}

/** What is known of a run besides its params, tags, points and files. Times in ms. */
export interface RunHead {
  name: string
  status: RunStatus
  lifecycle?: 'active' | 'deleted'
  startTime: number | null
  endTime: number | null
  user?: string
  environment?: Record<string, unknown>
}

/** Takes what an importer reads of one run. The order of the calls doesn't matter, but `head` comes first. */
export interface RunSink {
  head(head: RunHead): Promise<void>
  params(params: Record<string, string>): Promise<void>
  tags(tags: Record<string, string>): Promise<void>
  /** Step, value and time (ms) of each point, one after the other, in the source's order. Whole steps only. */
  points(key: string, points: Float64Array): Promise<void>
  inputs(inputs: RunInput[]): Promise<void>
  /** A file of the source; large ones stay where they are. Links are not followed. */
  artifactFile(path: string, file: string): Promise<void>
  artifact(path: string, content: Uint8Array): Promise<void>
  /** A part that can't be read: which, and why. The rest is imported. */
  broken(part: string, reason: string): void
}

/** A run that an importer has found. */
export interface FoundSourceRun {
  /** 32 hexadecimal digits that the run keeps; absent: an id is made of the origin. */
  id?: string
  /** Names the run within its kind, for good; most begin with the source's place. */
  origin: string
  /** The origin of the run that it lies below. */
  parentOrigin?: string
  name: string
  experiment: string
  read(sink: RunSink): Promise<void>
}

export interface FoundSourceRuns {
  runs: FoundSourceRun[]
  /** By the experiment's name. */
  experimentTags?: Record<string, Record<string, string>>
  broken: { part: string; reason: string }[]
  /** What this importer doesn't take along, in words. */
  notes: string[]
  /** Frees what the runs are read from. */
  close?: () => void
}

/** Reads the runs of one format. Adding one = adding a file and its line in `index.ts`. */
export interface RunImporter {
  id: string
  /** `MLflow folder`: stands after "Open 12 runs of this". */
  title: string
  /** By names, and by the first bytes of few files: it is asked for every drop. */
  detects(source: RunSource): boolean
  /** Names the runs; their contents are read later, one by one. @throws GlyphlabError UNREADABLE_FILE */
  find(source: RunSource): Promise<FoundSourceRuns>
}
