import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import { type ExportedBundle, GlyphlabError, type ModelVersion } from '../../contract/index.ts'
import { type BundleSubject, exportBundle, loadSigningKey } from '../../deploy/index.ts'
import type { JobHandler } from '../../jobs/job-queue.ts'
import type { Answer } from '../../serving/inference-messages.ts'
import { readInputExample } from '../../serving/input-example.ts'
import { rowsFrom } from '../../serving/request-rows.ts'
import { serviceDescription } from '../../serving/service-description.ts'
import { signingKeyFile } from '../home.ts'
import { rowRequest, storedExample } from '../input-example.ts'
import { type ModelPicture, modelPictures } from '../model-pictures.ts'
import { languageDirectory, serverDirectory } from '../resources.ts'
import type { Services } from '../services.ts'
import { trainingProfileOf } from '../training-profile.ts'
import { markDamage, usableModelFolder } from '../usable-model.ts'

const deployJobInput = z.object({
  reference: z.string(),
  targets: z.array(z.string()),
  options: z.record(z.string(), z.unknown()),
  directory: z.string(),
  further: z.array(z.string()).default([]),
})

/** The name that stands for the OCR engine where a model is asked for. */
export const ocrReference = 'ocr'

/** Of the dataset; of a version that was trained elsewhere its own example, and for pictures the shipped ones. */
async function goldenInputs(services: Services, version: ModelVersion): Promise<ModelPicture[]> {
  const rows = 'columns' in version.preprocessing
  const example = version.runId === null ? await storedExample(services, version) : null
  if (rows && version.runId === null) return example ? [example] : []
  const inputs = await modelPictures(services, version)
  return [...(example ? [example] : []), ...(rows ? inputs.map(rowRequest) : inputs)]
}

async function modelSubject(
  services: Services,
  reference: string,
): Promise<Exclude<BundleSubject, { kind: 'ocr' }>> {
  const version = services.models.resolve(reference)
  const modelDirectory = await usableModelFolder(services, version)
  const engine = version.inference?.engine ?? null
  const { kind } = version
  const inputs = await goldenInputs(services, version)
  const answered = await answersOf(services, version, modelDirectory, inputs)
  if (answered.length === 0) {
    throw new GlyphlabError(
      'CONFLICT',
      `The dataset that ${reference} was trained on is gone, so that there is nothing for the bundle to check itself with. Import it again and train once more.`,
    )
  }
  const files = {
    modelDirectory,
    modelName: version.model,
    version: version.version,
    digest: version.digest,
    engine,
  }
  if (kind === 'line-recogniser') {
    return {
      kind,
      ...files,
      golden: answered.flatMap(({ answer, ...input }) =>
        'text' in answer ? [{ ...input, text: answer.text }] : [],
      ),
    }
  }
  if (kind === 'table-classifier' || kind === 'table-regressor') {
    return {
      kind,
      ...files,
      golden: answered.flatMap(({ answer, ...input }) =>
        'rows' in answer ? [{ ...input, rows: answer.rows }] : [],
      ),
    }
  }
  return {
    kind: 'model',
    ...files,
    profile: await trainingProfileOf(services, version, modelDirectory),
    golden: answered.flatMap(({ answer, ...input }) =>
      'probabilities' in answer ? [{ ...input, prediction: answer }] : [],
    ),
  }
}

/** The app's own answers to the inputs. @throws what the model throws; a damaged version is marked so */
async function answersOf(
  services: Services,
  version: ModelVersion,
  modelDirectory: string,
  inputs: readonly ModelPicture[],
): Promise<(ModelPicture & { answer: Answer })[]> {
  const engine = version.inference?.engine ?? null
  const folder = await mkdtemp(path.join(tmpdir(), 'glyphlab-golden-'))
  const file = path.join(folder, 'input')
  const answered = []
  try {
    for (const { name, bytes } of inputs) {
      const rows = 'columns' in version.preprocessing ? rowsFrom(JSON.parse(bytes.toString('utf8'))) : null
      await writeFile(file, rows ? rows.map((row) => `${JSON.stringify(row)}\n`).join('') : bytes)
      answered.push({
        name,
        bytes,
        answer: await services.classifier.ask({ modelDirectory, engine, file, name }),
      })
    }
  } catch (cause) {
    markDamage(services, version, cause)
    throw cause
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return answered
}

/** The model with the further versions that its bundle brings along, each once. */
async function subjectWith(
  services: Services,
  reference: string,
  further: readonly string[],
): Promise<BundleSubject> {
  const subject = await modelSubject(services, reference)
  if (further.length === 0) return subject
  const others = new Map<number, BundleSubject & { kind: 'model' }>()
  for (const one of further) {
    const other = await modelSubject(services, one)
    if (subject.kind !== 'model' || other.kind !== 'model') {
      throw new GlyphlabError(
        'UNSUPPORTED',
        `${one} can't go beside ${reference}: only classifiers of pictures are served in several versions. Export a bundle for each.`,
      )
    }
    if (other.version !== subject.version) others.set(other.version, other)
  }
  return subject.kind === 'model' ? { ...subject, further: [...others.values()] } : subject
}

async function ocrSubject({ ocr, sources }: Services): Promise<BundleSubject> {
  const golden = []
  for (const { id } of sources
    .samples()
    .filter(({ use }) => use === 'ocr')
    .slice(0, 2)) {
    const { file, name } = sources.locate({ kind: 'sample', sampleId: id })
    golden.push({ name, bytes: await readFile(file), reading: await ocr.read({ file, name }) })
  }
  return { kind: 'ocr', languageDirectory, golden }
}

/** What a bundle of a reference holds, with the app's own answers. @throws GlyphlabError NOT_FOUND, CONFLICT, UNSUPPORTED */
export const bundleSubject = (
  services: Services,
  reference: string,
  further: readonly string[] = [],
): Promise<BundleSubject> =>
  reference === ocrReference ? ocrSubject(services) : subjectWith(services, reference, further)

interface BundleHooks {
  signal: AbortSignal
  /** `value`: 0..1 */
  onProgress(value: number, message: string): void
}

/** Writes a bundle with golden inputs and the app's own answers to them. @throws GlyphlabError as `exportBundle` */
export async function writeBundle(
  services: Services,
  { reference, targets, options, directory, further }: z.infer<typeof deployJobInput>,
  { signal, onProgress }: BundleHooks,
) {
  onProgress(0, 'Asking the model for its golden answers')
  const subject = await bundleSubject(services, reference, further)
  const signingKey = await loadSigningKey(signingKeyFile(services.home))
  const bundle = await exportBundle({
    ...{ targets, options, signingKey, subject, serverDirectory, directory, signal },
    describeService: async (service) =>
      serviceDescription({
        ...service,
        example: 'modelDirectory' in subject ? await readInputExample(subject.modelDirectory) : null,
      }),
    onProgress: ({ value, message }) => onProgress(value, message),
  })
  return { bundle, fingerprint: signingKey.fingerprint }
}

/** Writes a deploy bundle with golden inputs and the app's own answers to them; recorded in the audit log. */
export function deployJob(services: () => Services): JobHandler {
  return {
    kind: 'deploy-export',
    atOnce: 1,
    async run({ input, signal, progress }) {
      const { audit, store } = services()
      const wanted = deployJobInput.parse(input)
      const { reference, targets } = wanted
      const { bundle, fingerprint } = await writeBundle(services(), wanted, {
        signal,
        onProgress: (value, message) =>
          progress({ value, message, rate: null, rateUnit: null, remainingMs: null }),
      })
      const { name, version, digest } = bundle.manifest
      try {
        store.transaction(() =>
          audit.append('bundle.exported', reference, { targets, directory: bundle.directory, digest }),
        )()
      } catch (cause) {
        // No bundle that the log does not know; and the folder is free for the next try.
        await rm(bundle.directory, { recursive: true, force: true })
        throw cause
      }
      const result: ExportedBundle = {
        directory: bundle.directory,
        targets: bundle.manifest.targets,
        reference,
        name,
        version,
        digest,
        fingerprint,
        commands: bundle.commands,
        totalBytes: bundle.totalBytes,
        engine: bundle.manifest.engine ?? null,
        runtimeBytes: bundle.runtimeBytes,
      }
      return result
    },
  }
}
