import { z } from 'zod'
import { runAlert } from './alerts.ts'
import { job, metricPoint } from './entities.ts'

/**
 * One frame of `GET /events`: a JSON object on a line of its own. The first frame is `engine.ready`, with an id that
 * changes when the engine restarts; `engine.alive` comes every 5 s. `*.changed` says only what to ask for again.
 */
export const engineEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('engine.ready'), engineId: z.string() }),
  z.object({ type: z.literal('engine.alive') }),
  z.object({ type: z.literal('job.progressed'), job }),
  z.object({ type: z.literal('job.ended'), job }),
  z.object({ type: z.literal('page.changed'), pageId: z.string() }),
  z.object({ type: z.literal('dataset.changed'), datasetId: z.string() }),
  z.object({ type: z.literal('draft.changed'), versionId: z.string() }),
  z.object({ type: z.literal('run.changed'), runId: z.string() }),
  z.object({ type: z.literal('run.metricsLogged'), runId: z.string(), points: z.array(metricPoint) }),
  /** Its process has printed something; a few times a second at most. */
  z.object({ type: z.literal('run.printed'), runId: z.string() }),
  z.object({ type: z.literal('run.alerted'), runId: z.string(), alert: runAlert }),
  z.object({ type: z.literal('watch.changed'), watchId: z.string() }),
  z.object({ type: z.literal('sync.changed'), syncId: z.string() }),
  z.object({ type: z.literal('study.changed'), studyId: z.string() }),
  z.object({ type: z.literal('model.changed'), model: z.string() }),
  z.object({ type: z.literal('servedLog.changed'), name: z.string() }),
])
export type EngineEvent = z.infer<typeof engineEvent>
