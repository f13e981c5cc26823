#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import { GlyphlabError } from '../contract/index.ts'
import { storageError } from '../domain/disk-full.ts'
import { addCacheVerbs } from './cli/cache.ts'
import { addDashboardVerbs } from './cli/dashboards.ts'
import { addDatasetDraftVerb } from './cli/dataset-draft.ts'
import { addDatasetExportVerb } from './cli/dataset-export.ts'
import { addDatasetMapVerbs } from './cli/dataset-map.ts'
import { addDatasetQualityVerbs } from './cli/dataset-quality.ts'
import { addDatasetTrashVerbs } from './cli/dataset-trash.ts'
import { addDatasetVersionVerbs } from './cli/dataset-versions.ts'
import { addDatasetVerbs } from './cli/datasets.ts'
import { addDeployVerbs } from './cli/deploy.ts'
import { addModelVerbs } from './cli/models.ts'
import { addOcrVerb } from './cli/ocr.ts'
import { addPageVerbs } from './cli/pages.ts'
import { addRunVerbs } from './cli/runs.ts'
import { addServeVerb } from './cli/serve.ts'
import { addTrainVerb } from './cli/train.ts'
import { addTuningVerbs } from './cli/tuning.ts'
import { exitFailed } from './cli/verb.ts'
import { engineVersion } from './resources.ts'

const exitUsage = 2

const program = new Command('glyphlab')
  .description('An offline-first bench for machine-learning experiments on images and text.')
  .version(engineVersion)
  .option('--home <folder>', 'the data folder (or $GLYPHLAB_HOME)')
  .option('--json', 'print JSON lines on stdout')
  .option('--verbose', 'log on stderr what the engine does')
  .exitOverride()
  .configureHelp({ showGlobalOptions: true })

addOcrVerb(program)
addPageVerbs(program)
const datasets = addDatasetVerbs(program)
addDatasetVersionVerbs(datasets)
addDatasetExportVerb(datasets)
addDatasetDraftVerb(datasets)
addDatasetMapVerbs(datasets)
addDatasetQualityVerbs(datasets)
addDatasetTrashVerbs(datasets)
addTrainVerb(program)
addTuningVerbs(program)
addRunVerbs(program)
addDashboardVerbs(program)
addModelVerbs(program)
addDeployVerbs(program)
addServeVerb(program)
addCacheVerbs(program)

function report(cause: unknown): number {
  const json = process.argv.includes('--json')
  if (cause instanceof CommanderError) return cause.exitCode === 0 ? 0 : exitUsage
  const known = storageError(cause)
  const error =
    known instanceof GlyphlabError
      ? known.toBody()
      : { code: 'INTERNAL', message: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) }
  if (json) process.stdout.write(`${JSON.stringify({ error })}\n`)
  process.stderr.write(`${error.message}\n`)
  return exitFailed
}

// `| head` closes the pipe: whoever reads has seen enough.
process.stdout.on('error', (cause: NodeJS.ErrnoException) =>
  process.exit(cause.code === 'EPIPE' ? 0 : exitFailed),
)

try {
  await program.parseAsync()
  process.exit(process.exitCode ?? 0)
} catch (cause) {
  process.exit(report(cause))
}
