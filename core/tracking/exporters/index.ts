import { GlyphlabError } from '../../contract/index.ts'
import { csv } from './csv.ts'
import type { RunExporter } from './exporter.ts'
import { json } from './json.ts'
import { mlflowServer } from './mlflow-server.ts'
import { mlruns } from './mlruns.ts'
import { tensorboard } from './tensorboard.ts'

export const runExporters: readonly RunExporter[] = [mlruns, tensorboard, csv, json, mlflowServer]

/** @throws GlyphlabError NOT_FOUND, naming those that there are */
export function runExporterById(id: string): RunExporter {
  const found = runExporters.find((exporter) => exporter.id === id)
  if (found) return found
  const known = runExporters.map((exporter) => exporter.id).join(', ')
  throw new GlyphlabError('NOT_FOUND', `There is no format of runs "${id}". There are: ${known}.`)
}
