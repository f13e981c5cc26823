import type { ArtifactStore } from '../../store/artifact-store.ts'
import type { MlflowContext, Routes } from './context.ts'
import { artifactRoot } from './experiments.ts'
import { invalid, missing } from './mlflow-error.ts'

/** Whose files a path of the artifact store names, and which. */
export interface ArtifactPlace {
  store: ArtifactStore
  owner: number
  path: string
  /** The run that has it, where it is a run. */
  runId: string | null
}

/** @throws MlflowError for a path that leaves its folder */
export function checkedPath(path: string): string {
  // The client asks for "." when it wants everything.
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  // The client's tests compare the whole answer.
  if (path.includes('\\') || path.includes('\0') || parts.includes('..')) throw invalid('Invalid path')
  return parts.join('/')
}

/**
 * `<experiment>/<run>/artifacts/<path>` or `<experiment>/models/<model>/artifacts/<path>`.
 * @throws MlflowError for any other place
 */
export function placeOf({ runs, artifacts, loggedModels }: MlflowContext, wanted: string): ArtifactPlace {
  const whole = checkedPath(wanted)
  const model = /(?:^|\/)models\/(m-[0-9a-f]{32})\/artifacts(?:\/(.*))?$/s.exec(whole)
  if (model) {
    const found = loggedModels.find(model[1] ?? '')
    if (!found) throw missing(`Logged model with ID '${model[1]}' not found.`)
    return { store: loggedModels.artifacts, owner: found.id, path: model[2] ?? '', runId: null }
  }
  const run = /(?:^|\/)([0-9a-f]{32})\/artifacts(?:\/(.*))?$/s.exec(whole)
  const head = run && runs.head(run[1] ?? '')
  if (!run || !head)
    throw missing(`No run or model has artifacts at ${wanted}. Log them by run or by logged model.`)
  return { store: artifacts, owner: head.id, path: run[2] ?? '', runId: run[1] ?? null }
}

/** What lies in a folder, by names relative to `strip`. */
export function filesJson(store: ArtifactStore, owner: number, folder: string, strip: string): object[] {
  const depth = strip === '' ? 0 : strip.length + 1
  return store
    .list(owner, folder)
    .map(({ path, isFolder, bytes }) => ({
      path: path.slice(depth),
      is_dir: isFolder,
      ...(isFolder ? {} : { file_size: bytes }),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

export const artifactRoutes: Routes = {
  'GET artifacts/list': (fields, { runs, artifacts }) => {
    const uid = fields.optional('run_id') || fields.required('run_uuid')
    const head = runs.head(uid)
    const experiment = head && runs.experiments.findByName(runs.get(uid).experiment)
    if (!head || !experiment) throw missing(`Run with id=${uid} not found`)
    const folder = checkedPath(fields.optional('path') ?? '')
    return {
      root_uri: `${artifactRoot(experiment)}/${uid}/artifacts`,
      files: filesJson(artifacts, head.id, folder, ''),
    }
  },
}
