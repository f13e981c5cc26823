import { z } from 'zod'
import { runInput, runStatus } from '../contract/index.ts'
import type { ExportedRun } from './exporters/exporter.ts'

/** A run without its points and files, as the formats of our own carry it. */
export const portableRun = z.object({
  id: z.string().regex(/^[0-9a-f]{32}$/),
  name: z.string(),
  experiment: z.string(),
  experimentTags: z.record(z.string(), z.string()),
  status: runStatus,
  lifecycle: z.enum(['active', 'deleted']),
  startTime: z.number().nullable(),
  endTime: z.number().nullable(),
  user: z.string(),
  environment: z.record(z.string(), z.unknown()).nullable(),
  params: z.record(z.string(), z.string()),
  tags: z.record(z.string(), z.string()),
  inputs: z.array(runInput),
})
export type PortableRun = z.infer<typeof portableRun>

export const toPortable = ({ run, inputs, experimentTags }: ExportedRun): PortableRun => ({
  id: run.id,
  name: run.name,
  experiment: run.experiment,
  experimentTags,
  status: run.status,
  lifecycle: run.lifecycle,
  startTime: run.startTime,
  endTime: run.endTime,
  user: run.user,
  environment: run.environment ?? null,
  params: run.params,
  tags: run.tags,
  inputs,
})
