import { GlyphlabError } from '../../contract/index.ts'
import { parentTag } from '../../domain/run-tags.ts'
import { randomName } from '../../tracking/mlflow/random-name.ts'
import type { HandlersOf, Services } from '../services.ts'

type LogHandlers = Pick<
  HandlersOf<'runs'>,
  | 'runs.create'
  | 'runs.log'
  | 'runs.logArtifact'
  | 'runs.heartbeat'
  | 'runs.monitor'
  | 'runs.end'
  | 'runs.setTags'
  | 'runs.note'
>

const noteTag = 'mlflow.note.content'

/** Logging runs from outside: scripts, and whoever edits a run by hand. */
export function runLogProcedures(services: Services): LogHandlers {
  const { store, runs, runArtifacts, runNotices, runMonitors, blobs, sources, events } = services
  return {
    'runs.create': ({
      id: chosen,
      experiment,
      name,
      startTime,
      parentId,
      user,
      params,
      tags,
      environment,
    }) => {
      // Whoever got no answer asks again.
      if (chosen !== undefined && runs.head(chosen)) return runs.get(chosen)
      const runId = store.transaction(() => {
        const id = runs.begin({
          experimentId: runs.experiments.idOf(experiment),
          name: name ?? randomName(),
          startTime: startTime ?? Date.now(),
          id: chosen,
          user,
        })
        runs.setParams(id, params)
        runs.setTags(id, {
          ...tags,
          ...(parentId === undefined ? {} : { [parentTag]: runs.resolve(parentId) }),
        })
        if (environment) runs.setEnvironment(id, environment)
        return id
      })()
      events.emit({ type: 'run.changed', runId })
      return runs.get(runId)
    },
    'runs.log': ({ runId, params, metrics, tags, inputs }) => {
      const id = loggable(services, runId)
      store.transaction(() => {
        if (Object.keys(params).length > 0) runs.setParams(runId, params)
        if (Object.keys(tags).length > 0) runs.setTags(runId, tags)
        if (inputs.length > 0) runs.inputs.addDatasets(id, inputs)
        runs.metrics.log(id, metrics)
        runs.touch(runId)
      })()
      runNotices.changed(runId)
      return {}
    },
    'runs.logArtifact': async ({ runId, path, source }) => {
      const id = loggable(services, runId)
      const parts = path.split('/').filter((part) => part !== '')
      if (parts.length === 0 || parts.some((part) => part === '.' || part === '..') || path.includes('\\'))
        throw new GlyphlabError(
          'INVALID_INPUT',
          `"${path}" is no path of an artifact. Write one like plots/loss.png.`,
        )
      const place = parts.join('/')
      const { file } = sources.locate(source)
      const stored = await blobs.addFile(file)
      runArtifacts.put(id, place, stored.id)
      await sources.release(source)
      runNotices.changed(runId)
      return { path: place, isFolder: false, bytes: stored.bytes, hash: stored.hash }
    },
    'runs.heartbeat': ({ runId, everyMs }) => {
      loggable(services, runId)
      runs.touch(runId, everyMs)
      return {}
    },
    'runs.monitor': ({ runId, pid }) => {
      loggable(services, runId)
      if (runs.get(runId).status !== 'RUNNING')
        throw new GlyphlabError('CONFLICT', `The run ${runId} has ended; only one that goes on is watched.`)
      if (pid !== undefined && !isAlive(pid))
        throw new GlyphlabError('INVALID_INPUT', `There is no process ${pid} on this machine.`)
      runMonitors.start(
        runId,
        pid,
        () => runs.get(runId).status === 'RUNNING' && (pid === undefined || isAlive(pid)),
      )
      return {}
    },
    'runs.end': ({ runId, status, endTime }) => {
      const id = loggable(services, runId)
      runs.update(runId, { status, endTime: endTime ?? Date.now() })
      runs.metrics.prepareOverviewsSoon(id)
      events.emit({ type: 'run.changed', runId })
      return runs.get(runId)
    },
    'runs.setTags': ({ runIds, tags }) => {
      const ids = runIds.map((runId) => runs.resolve(runId))
      store.transaction(() => {
        for (const id of ids) runs.setTags(id, tags)
      })()
      for (const id of ids) runNotices.changed(id)
      return { changed: ids.length }
    },
    'runs.note': ({ runId, note }) => {
      const id = runs.resolve(runId)
      runs.setTags(id, { [noteTag]: note.trim() === '' ? null : note })
      events.emit({ type: 'run.changed', runId: id })
      return runs.get(id)
    },
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return cause instanceof Error && 'code' in cause && cause.code === 'EPERM'
  }
}

/** The row id of a run that may be logged into from outside. @throws GlyphlabError CONFLICT for any other */
function loggable({ runs }: Services, runId: string): number {
  const head = runs.head(runId)
  if (!head) throw new GlyphlabError('NOT_FOUND', `There is no run ${runId}.`)
  if (head.lifecycle === 'deleted')
    throw new GlyphlabError('CONFLICT', `The run ${runId} is deleted. Restore it before you log into it.`)
  if (runs.isTraining(head.id))
    throw new GlyphlabError('CONFLICT', `The run ${runId} is being trained by Glyphlab, which logs it.`)
  return head.id
}
