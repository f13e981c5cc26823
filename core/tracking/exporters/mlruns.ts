import { createHash } from 'node:crypto'
import { appendFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { stringify } from 'yaml'
import type { RunInput, RunStatus } from '../../contract/index.ts'
import { environmentTag } from '../run-words.ts'
import { copyBlob, isFileKey, pythonNumber, writeNew } from './export-files.ts'
import type { RunExporter } from './exporter.ts'

const statusNumbers: Record<RunStatus, number> = {
  RUNNING: 1,
  SCHEDULED: 2,
  FINISHED: 3,
  FAILED: 4,
  KILLED: 5,
}
/** MLflow's SourceType and InputVertexType. */
const localSource = 4
const datasetVertex = 2
const runVertex = 1

const md5 = (text: string): string => createHash('md5').update(text).digest('hex')

/** The folders of MLflow's file store. Names of experiments are unique, and so are their numbers. */
export const mlruns: RunExporter = {
  id: 'mlruns',
  title: 'MLflow folder',
  description:
    'An mlruns folder, as the file store of MLflow has it (newer MLflow wants MLFLOW_ALLOW_FILE_STORE=true).',
  target: 'folder',
  open(directory, warn, finalPlace) {
    const experiments = new Map<string, string>()
    /** Files of this run by their lower-case path, and the folders that lead to them: a key can't be both. */
    let taken = new Set<string>()
    let folder = directory
    const writePairs = async (kind: 'params' | 'tags', pairs: Record<string, string>) => {
      for (const [key, value] of Object.entries(pairs))
        if (isFree(kind, key)) await writeNew(path.join(folder, kind, key), value)
    }
    const isFree = (kind: string, key: string): boolean => {
      const place = `${kind}/${key}`
      const parents = place.split('/').map((_, at, parts) => parts.slice(0, at).join('/'))
      const isClash = taken.has(`${place}/`) || parents.some((parent) => taken.has(parent))
      if (!isFileKey(key) || isClash) {
        warn(`${path.basename(folder)}: MLflow's folders can't hold the ${kind.slice(0, -1)} "${key}"`)
        return false
      }
      taken.add(place)
      for (const parent of parents) taken.add(`${parent}/`)
      return true
    }
    const experimentFolder = async (name: string, tags: Record<string, string>): Promise<string> => {
      const known = experiments.get(name)
      if (known !== undefined) return known
      const id =
        name === 'Default'
          ? '0'
          : String([...experiments.keys()].filter((one) => one !== 'Default').length + 1)
      experiments.set(name, id)
      const place = path.join(directory, id)
      await writeNew(
        path.join(place, 'meta.yaml'),
        stringify({
          artifact_location: pathToFileURL(path.join(finalPlace, id)).href,
          creation_time: Date.now(),
          experiment_id: id,
          last_update_time: Date.now(),
          lifecycle_stage: 'active',
          name,
        }),
      )
      for (const [key, value] of Object.entries(tags))
        if (isFileKey(key)) await writeNew(path.join(place, 'tags', key), value)
      return id
    }
    const writeInput = async (id: string, runId: string, { tags, ...input }: RunInput) => {
      const dataset = md5(input.name + input.digest)
      const place = path.join(directory, id, 'datasets', dataset, 'meta.yaml')
      if (!taken.has(place))
        await writeNew(
          place,
          stringify({
            digest: input.digest,
            name: input.name,
            profile: input.profile,
            schema: input.schema,
            source: input.source,
            source_type: input.sourceType,
          }),
        ).catch((cause: NodeJS.ErrnoException) => {
          // Another run has read the same data.
          if (cause.code !== 'EEXIST') throw cause
        })
      const link = {
        destination_id: runId,
        destination_type: runVertex,
        source_id: dataset,
        source_type: datasetVertex,
        tags,
      }
      await writeNew(path.join(folder, 'inputs', md5(dataset + runId), 'meta.yaml'), stringify(link))
    }
    return {
      async begin({ run, inputs, experimentTags }) {
        const id = await experimentFolder(run.experiment, experimentTags)
        folder = path.join(directory, id, run.id)
        taken = new Set()
        await writeNew(
          path.join(folder, 'meta.yaml'),
          stringify({
            artifact_uri: pathToFileURL(path.join(finalPlace, id, run.id, 'artifacts')).href,
            end_time: run.endTime,
            entry_point_name: '',
            experiment_id: id,
            lifecycle_stage: run.lifecycle,
            run_id: run.id,
            run_name: run.name,
            run_uuid: run.id,
            source_name: '',
            source_type: localSource,
            source_version: '',
            start_time: run.startTime,
            status: statusNumbers[run.status],
            tags: [],
            user_id: run.user,
          }),
        )
        await writePairs('params', run.params)
        await writePairs('tags', {
          ...run.tags,
          'mlflow.runName': run.name,
          ...(run.environment ? { [environmentTag]: JSON.stringify(run.environment) } : {}),
        })
        for (const input of inputs) await writeInput(id, run.id, input)
      },
      async points(key, points) {
        const file = path.join(folder, 'metrics', key)
        if (!taken.has(`metrics/${key}`)) {
          if (!isFree('metrics', key)) return
          await writeNew(file, '')
        }
        const lines: string[] = []
        for (let at = 0; at < points.length; at += 3)
          lines.push(`${points[at + 2]} ${pythonNumber(points[at + 1] ?? Number.NaN)} ${points[at]}\n`)
        await appendFile(file, lines.join(''))
      },
      artifact: (place, location) => copyBlob(location, path.join(folder, 'artifacts', place)),
      end: async () => {},
      finish: async () => {},
    }
  },
}
