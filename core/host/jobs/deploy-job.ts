import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import { type ExportedBundle, GlyphlabError } from '../../contract/index.ts'
import { type BundleSubject, exportBundle, loadSigningKey } from '../../deploy/index.ts'
import type { JobHandler } from '../../jobs/job-queue.ts'
import { serviceDescription } from '../../serving/service-description.ts'
import { signingKeyFile } from '../home.ts'
import { modelPictures } from '../model-pictures.ts'
import { languageDirectory, serverDirectory } from '../resources.ts'
import type { Services } from '../services.ts'
import { trainingProfileOf } from '../training-profile.ts'
import { markDamage, usableModelFolder } from '../usable-model.ts'

export const deployJobInput = z.object({
  reference: z.string(),
  targets: z.array(z.string()),
  options: z.record(z.string(), z.unknown()),
  directory: z.string(),
  further: z.array(z.string()).default([]),
})

/** The name that stands for the OCR engine where a model is asked for. */
export const ocrReference = 'ocr'

async function modelSubject(
  services: Services,
  reference: string,
): Promise<BundleSubject & { kind: 'model' }> {
  const version = services.models.resolve(reference)
  if (version.kind !== 'image-classifier') {
    throw new GlyphlabError(
      'UNSUPPORTED',
      `${reference} is ${version.kind === 'line-recogniser' ? 'a line recogniser' : 'a model of tables'}, for which there is no bundle yet. Use it in the app, or export a classifier of pictures.`,
    )
  }
  const modelDirectory = await usableModelFolder(services, version)
  const engine = version.inference?.engine ?? null
  const golden = []
  const folder = await mkdtemp(path.join(tmpdir(), 'glyphlab-golden-'))
  const file = path.join(folder, 'picture')
  try {
    for (const { name, bytes } of await modelPictures(services, version)) {
      await writeFile(file, bytes)
      const prediction = await services.classifier.ask({ modelDirectory, engine, file, name })
      if ('probabilities' in prediction) golden.push({ name, bytes, prediction })
    }
  } catch (cause) {
    markDamage(services, version, cause)
    throw cause
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  if (golden.length === 0) {
    throw new GlyphlabError(
      'CONFLICT',
      `The dataset that ${reference} was trained on is gone, so that there is no picture for the bundle to check itself with. Import it again and train once more.`,
    )
  }
  return {
    kind: 'model',
    modelDirectory,
    modelName: version.model,
    version: version.version,
    digest: version.digest,
    engine,
    profile: await trainingProfileOf(services, version, modelDirectory),
    golden,
  }
}

/** The model with the further versions that its bundle brings along, each once. */
async function subjectWith(
  services: Services,
  reference: string,
  further: readonly string[],
): Promise<BundleSubject> {
  const subject = await modelSubject(services, reference)
  const others = new Map<number, BundleSubject & { kind: 'model' }>()
  for (const one of further) {
    const other = await modelSubject(services, one)
    if (other.version !== subject.version) others.set(other.version, other)
  }
  return { ...subject, further: [...others.values()] }
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

/** Writes a deploy bundle with golden inputs and the app's own answers to them; recorded in the audit log. */
export function deployJob(services: () => Services): JobHandler {
  return {
    kind: 'deploy-export',
    atOnce: 1,
    async run({ input, signal, progress }) {
      const { audit, store } = services()
      const { reference, targets, options, directory, further } = deployJobInput.parse(input)
      const show = (value: number, message: string) =>
        progress({ value, message, rate: null, rateUnit: null, remainingMs: null })
      show(0, 'Asking the model for its golden answers')
      const subject = await bundleSubject(services(), reference, further)
      const signingKey = await loadSigningKey(signingKeyFile(services().home))
      const bundle = await exportBundle({
        targets,
        options,
        signingKey,
        describeService: serviceDescription,
        subject,
        serverDirectory,
        directory,
        signal,
        onProgress: ({ value, message }) => show(value, message),
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
        fingerprint: signingKey.fingerprint,
        commands: bundle.commands,
        totalBytes: bundle.totalBytes,
        engine: bundle.manifest.engine ?? null,
        runtimeBytes: bundle.runtimeBytes,
      }
      return result
    },
  }
}
