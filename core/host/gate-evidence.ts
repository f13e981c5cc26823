import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { readBlob } from '../blobs/blob-files.ts'
import {
  GlyphlabError,
  type JobProgress,
  type ModelVersion,
  type Subset,
  type TableCell,
} from '../contract/index.ts'
import type { EmbeddingRequest, PredictResult } from '../embedding/embedding-messages.ts'
import { runWorker } from '../jobs/worker-process.ts'
import type { GateEvidence, GateSubject, PairedAnswers } from '../registry/gates/gate-check.ts'
import { modelTrials } from './input-example.ts'
import { findModel, modelFolder } from './model-sources.ts'
import { predictRows } from './predict-rows.ts'
import { workerFiles } from './resources.ts'
import type { Services } from './services.ts'
import { groupsOf, seenOf, type TestSet, writeTestSet } from './test-set.ts'
import { markDamage, usableModelFolder } from './usable-model.ts'
import { checkedFacts, versionQuality } from './version-quality.ts'
import { versionTitle } from './version-samples.ts'

/** What one version says of a test set, by position. */
interface Answers {
  labels: string[]
  confidences: Float32Array
}

export interface AnsweredSet {
  set: TestSet
  candidate: Answers
  champion: Answers | null
  seen: { candidate: number | null; champion: number | null }
}

interface EvidencePort {
  /** A folder of the job's own. */
  work: string
  signal: AbortSignal
  progress(progress: JobProgress): void
  log(line: string): void
}

/** Answers before the first that is timed: the model is loaded and warm then. */
const warmUps = 3
const rowsAtOnce = 2_000

const subjectOf = ({ version, metrics, files, inputExample }: ModelVersion): GateSubject => ({
  version,
  metrics,
  bytes: files.reduce((sum, { path: file, bytes }) => (file === inputExample?.path ? sum : sum + bytes), 0),
})

/** Finds out what gates ask about a version and the one that has the alias; nothing is found out twice. */
export class HostEvidence implements GateEvidence {
  readonly candidate: GateSubject
  readonly champion: GateSubject | null
  private readonly services: Services
  private readonly versions: { candidate: ModelVersion; champion: ModelVersion | null }
  private readonly port: EvidencePort
  private readonly sets = new Map<string, Promise<AnsweredSet>>()

  constructor(
    services: Services,
    versions: { candidate: ModelVersion; champion: ModelVersion | null },
    port: EvidencePort,
  ) {
    this.services = services
    this.versions = versions
    this.port = port
    this.candidate = subjectOf(versions.candidate)
    this.champion = versions.champion && subjectOf(versions.champion)
  }

  async answers(dataset: string, subset: Subset): Promise<PairedAnswers> {
    const { set, candidate, champion, seen } = await this.answered(dataset, subset)
    return {
      set: `${set.datasetLabel}, ${subset}`,
      things: set.table ? 'rows' : 'pictures',
      actual: set.actual,
      groups: groupsOf(this.services, set),
      candidate: candidate.labels,
      champion: champion?.labels ?? null,
      seen: seen.candidate,
    }
  }

  /** Both versions' answers to a set. @throws GlyphlabError why there are none; DAMAGED naming a file of a version */
  answered(dataset: string, subset: Subset): Promise<AnsweredSet> {
    const key = JSON.stringify([dataset, subset])
    const known = this.sets.get(key)
    if (known) return known
    const asked = this.ask(dataset, subset, path.join(this.port.work, `set-${this.sets.size}.json`))
    this.sets.set(key, asked)
    return asked
  }

  private async ask(dataset: string, subset: Subset, file: string): Promise<AnsweredSet> {
    const { candidate, champion } = this.versions
    if (candidate.kind === 'table-regressor')
      throw new GlyphlabError(
        'UNSUPPORTED',
        `${candidate.model}/${candidate.version} tells a number and no class, so that no answer is right or wrong. Set a metric threshold instead.`,
      )
    const set = await writeTestSet(this.services, { ...this.place(dataset), subset }, file)
    const seen = (version: ModelVersion | null) => version && seenOf(this.services, set, version.runId)
    return {
      set,
      candidate: await this.predict(candidate, set),
      champion: champion && (await this.predict(champion, set)),
      seen: { candidate: seen(candidate), champion: seen(champion) },
    }
  }

  private place(dataset: string): { versionId: string; split: string | undefined } {
    const { datasets, runs } = this.services
    if (dataset !== '') return { versionId: datasets.namedVersion(dataset).id, split: undefined }
    const { model, version, datasetVersionId, runId } = this.versions.candidate
    if (datasetVersionId === null)
      throw new GlyphlabError(
        'NOT_FOUND',
        `${model}/${version} was not trained on a dataset of this data folder. Name a test set.`,
      )
    const split = runId === null ? undefined : runs.get(runId).params['split']
    const own = split === undefined || split === datasets.brief(datasetVersionId).split.name
    return { versionId: datasetVersionId, split: own ? undefined : split }
  }

  private predict(version: ModelVersion, set: TestSet): Promise<Answers> {
    const name = `${version.model}/${version.version}`
    const rows = 'columns' in version.preprocessing
    if (rows !== set.table)
      throw new GlyphlabError(
        'UNSUPPORTED',
        `${name} is asked with ${rows ? 'rows' : 'pictures'}, and ${set.datasetLabel} holds ${set.table ? 'rows' : 'pictures'}. Choose another test set.`,
      )
    return rows ? this.predictRows(version, set) : this.predictPictures(version, set)
  }

  private async predictRows(version: ModelVersion, set: TestSet): Promise<Answers> {
    const { services, port } = this
    const labels: string[] = []
    const confidences: number[] = []
    for (let start = 0; start < set.hashes.length; start += rowsAtOnce) {
      if (port.signal.aborted) throw new GlyphlabError('CANCELLED', 'The check was cancelled.')
      const rows: Record<string, TableCell>[] = []
      for (const hash of set.hashes.slice(start, start + rowsAtOnce)) {
        const bytes = await readBlob(services.blobs.requireLocation(hash), hash)
        rows.push(JSON.parse(bytes.toString('utf8')))
      }
      for (const { label, probabilities } of await predictRows(services, version, { kind: 'rows', rows })) {
        labels.push(label ?? '')
        confidences.push(probabilities.find((each) => each.label === label)?.probability ?? 0)
      }
      port.progress({
        value: labels.length / set.hashes.length,
        message: `Version ${version.version}: ${labels.length} of ${set.hashes.length} rows`,
        rate: null,
        rateUnit: null,
        remainingMs: null,
      })
    }
    return { labels, confidences: Float32Array.from(confidences) }
  }

  private async predictPictures(version: ModelVersion, set: TestSet): Promise<Answers> {
    const { services, port } = this
    const model = findModel(services, { kind: 'model', reference: `${version.model}/${version.version}` })
    try {
      const { classes, confidences } = await runWorker<EmbeddingRequest, PredictResult>({
        workerFile: workerFiles.embedding,
        input: {
          task: 'predict',
          samplesFile: set.file,
          cacheDirectory: path.join(services.home, 'cache', 'tensors'),
          modelDirectory: await modelFolder(services, model),
          engine: model.engine,
        },
        signal: port.signal,
        onLog: port.log,
        onMessage: (message) => {
          if (message.type === 'progress')
            port.progress({
              ...message.progress,
              message: `Version ${version.version}: ${message.progress.message}`,
            })
        },
      })
      return { labels: Array.from(classes, (place) => model.manifest.labels[place] ?? ''), confidences }
    } catch (cause) {
      markDamage(services, version, cause)
      throw cause
    }
  }

  async latency(times: number): Promise<{ medianMs: number; engine: string }> {
    const { services, port } = this
    const { candidate } = this.versions
    const rows = 'columns' in candidate.preprocessing
    const manifest = services.models.manifest(candidate.model, candidate.version)
    const trials = await modelTrials(services, manifest, candidate)
    if (trials.length === 0)
      throw new GlyphlabError(
        'NOT_FOUND',
        `The dataset that it was trained on is gone, so that there is no ${rows ? 'row' : 'picture'} to time it with.`,
      )
    const folder = path.join(port.work, 'timed')
    await mkdir(folder, { recursive: true })
    const files = await Promise.all(
      trials.map(async ({ name, bytes }, index) => {
        const file = path.join(folder, String(index))
        await writeFile(file, rows ? `{"line":1,"fields":${bytes.toString('utf8')}}\n` : bytes)
        return { file, name }
      }),
    )
    const modelDirectory = await usableModelFolder(services, candidate)
    const engine = candidate.inference?.engine ?? null
    const taken: number[] = []
    for (let index = 0; index < warmUps + times; index++) {
      if (port.signal.aborted) throw new GlyphlabError('CANCELLED', 'The check was cancelled.')
      const startedAt = performance.now()
      const asked = files[index % files.length] as (typeof files)[number]
      await services.classifier.ask({ modelDirectory, engine, ...asked })
      if (index >= warmUps) taken.push(performance.now() - startedAt)
      port.progress({
        value: index / (warmUps + times),
        message: `Timing answer ${Math.max(0, index - warmUps) + 1} of ${times}`,
        rate: null,
        rateUnit: null,
        remainingMs: null,
      })
    }
    taken.sort((a, b) => a - b)
    return { medianMs: taken[taken.length >> 1] ?? Number.NaN, engine: engine ?? 'tfjs' }
  }

  async dataRules(): ReturnType<GateEvidence['dataRules']> {
    const { model, version, datasetVersionId } = this.versions.candidate
    if (datasetVersionId === null)
      throw new GlyphlabError(
        'NOT_FOUND',
        `${model}/${version} was not trained on a dataset of this data folder, so that its data can't be validated.`,
      )
    checkedFacts(this.services, datasetVersionId)
    return {
      dataset: versionTitle(this.services, datasetVersionId),
      rules: versionQuality(this.services, datasetVersionId).rules,
    }
  }
}
