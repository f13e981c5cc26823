import fs from 'node:fs'
import { Readable } from 'node:stream'
import { GlyphlabError } from '../../contract/index.ts'
import { environmentTag, runIdTag } from '../run-words.ts'
import type { RunExporter } from './exporter.ts'
import { MlflowConnection } from './mlflow-connection.ts'

/** What a batch of MLflow's REST API may hold. */
const metricsAtOnce = 1_000
const pairsAtOnce = 100
const longestParam = 6_000
const longestTag = 8_000

type Answer = Record<string, unknown>

/** Sends runs to an MLflow server. A run that was sent before is found again by its id, and gets what is new. */
export const mlflowServer: RunExporter = {
  id: 'mlflow-server',
  title: 'MLflow server',
  description:
    'Sends runs to an MLflow tracking server, files too where it serves them. Sending again adds what is new.',
  target: 'server',
  open(target, warn, _place, access) {
    const base = target.replace(/\/+$/, '')
    const experiments = new Map<string, string>()
    let runId = ''
    let artifactRoot: string | undefined
    let isKnown = false
    let end: { status: string; endTime: number | null; isDeleted: boolean } | undefined

    const server = new MlflowConnection(base, access)
    const ask = (method: 'GET' | 'POST', name: string, input: Record<string, unknown>) =>
      server.ask(method, name, input)
    const experimentId = async (name: string, tags: Record<string, string>): Promise<string> => {
      const known = experiments.get(name)
      if (known !== undefined) return known
      const found = await ask('GET', 'experiments/get-by-name', { experiment_name: name }).catch(
        (cause: unknown) => {
          if (cause instanceof GlyphlabError && cause.code === 'NOT_FOUND') return undefined
          throw cause
        },
      )
      const id = found
        ? String((found['experiment'] as Answer)['experiment_id'])
        : String((await ask('POST', 'experiments/create', { name, tags: entries(tags) }))['experiment_id'])
      experiments.set(name, id)
      return id
    }
    /** The run's id on the server: the same where it came from there, else that of the run with our tag. */
    const findRun = async (id: string, experiment: string): Promise<Answer | undefined> => {
      const same = await ask('GET', 'runs/get', { run_id: id }).catch((cause: unknown) => {
        if (cause instanceof GlyphlabError && cause.code === 'NOT_FOUND') return undefined
        throw cause
      })
      if (same) return same['run'] as Answer
      const found = await ask('POST', 'runs/search', {
        experiment_ids: [experiment],
        filter: `tags.\`${runIdTag}\` = '${id}'`,
        run_view_type: 'ALL',
        max_results: 1,
      })
      return (found['runs'] as Answer[] | undefined)?.[0]
    }
    const logPairs = async (kind: 'params' | 'tags', pairs: Record<string, string>) => {
      const longest = kind === 'params' ? longestParam : longestTag
      const kept = entries(pairs).map(({ key, value }) => {
        if (value.length <= longest) return { key, value }
        warn(
          `${runId}: the ${kind.slice(0, -1)} "${key}" is cut to ${longest} characters, which MLflow allows`,
        )
        return { key, value: value.slice(0, longest) }
      })
      for (let at = 0; at < kept.length; at += pairsAtOnce)
        await ask('POST', 'runs/log-batch', { run_id: runId, [kind]: kept.slice(at, at + pairsAtOnce) })
    }
    return {
      async begin({ run, inputs, experimentTags }) {
        const experiment = await experimentId(run.experiment, experimentTags)
        let found = await findRun(run.id, experiment)
        isKnown = found !== undefined
        found ??= (
          await ask('POST', 'runs/create', {
            experiment_id: experiment,
            start_time: run.startTime ?? 0,
            run_name: run.name,
            user_id: run.user,
          })
        )['run'] as Answer
        const info = found['info'] as Answer
        runId = String(info['run_id'])
        const uri = String(info['artifact_uri'] ?? '')
        artifactRoot = /^mlflow-artifacts:(?:\/\/[^/]*)?\/(.*)$/.exec(uri)?.[1]
        end = { status: run.status, endTime: run.endTime, isDeleted: run.lifecycle === 'deleted' }
        if (isKnown && info['lifecycle_stage'] === 'deleted')
          await ask('POST', 'runs/restore', { run_id: runId })
        await logPairs('params', run.params)
        await logPairs('tags', {
          ...run.tags,
          ...(runId === run.id ? {} : { [runIdTag]: run.id }),
          ...(run.environment ? { [environmentTag]: JSON.stringify(run.environment) } : {}),
        })
        if (inputs.length > 0)
          await ask('POST', 'runs/log-inputs', {
            run_id: runId,
            datasets: inputs.map(({ sourceType, tags, schema, profile, ...input }) => ({
              tags: entries(tags),
              dataset: {
                ...input,
                source_type: sourceType,
                ...(schema === null ? {} : { schema }),
                ...(profile === null ? {} : { profile }),
              },
            })),
          })
      },
      async points(key, points) {
        for (let from = 0; from < points.length; from += 3 * metricsAtOnce) {
          const part = points.subarray(from, from + 3 * metricsAtOnce)
          const metrics = Array.from({ length: part.length / 3 }, (_, at) => ({
            key,
            step: part[3 * at] ?? 0,
            value: jsonNumber(part[3 * at + 1] ?? Number.NaN),
            timestamp: part[3 * at + 2] ?? 0,
          }))
          await ask('POST', 'runs/log-batch', { run_id: runId, metrics })
        }
      },
      async artifact(place, { file, offset, length }) {
        if (artifactRoot === undefined) {
          warn(
            `${runId}: the server does not take files (start it with --serve-artifacts); ${place} is not sent`,
          )
          return
        }
        const url = `api/2.0/mlflow-artifacts/artifacts/${[...artifactRoot.split('/'), ...place.split('/')].map(encodeURIComponent).join('/')}`
        const body =
          length === 0
            ? ''
            : Readable.toWeb(fs.createReadStream(file, { start: offset, end: offset + length - 1 }))
        const response = await server.fetch(url, {
          method: 'PUT',
          body: body as BodyInit,
          duplex: 'half',
        } as RequestInit)
        if (!response.ok) warn(`${runId}: the server refused ${place}: ${response.status}`)
      },
      async end() {
        if (!end) return
        const { status, endTime, isDeleted } = end
        await ask('POST', 'runs/update', {
          run_id: runId,
          status,
          ...(endTime === null ? {} : { end_time: endTime }),
        })
        if (isDeleted) await ask('POST', 'runs/delete', { run_id: runId })
      },
      finish: async () => {},
    }
  },
}

const entries = (pairs: Record<string, string>): { key: string; value: string }[] =>
  Object.entries(pairs).map(([key, value]) => ({ key, value }))

/** Protobuf's JSON has texts for what JSON has no numbers for. */
const jsonNumber = (value: number): number | string => (Number.isFinite(value) ? value : String(value))
