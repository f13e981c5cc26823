import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { writeNewFolder } from '../blobs/new-folder.ts'
import type { ModelVersion } from '../contract/index.ts'
import type { ModelManifest } from '../domain/model-manifest.ts'
import { mlflowExampleFiles } from '../registry/mlflow-example.ts'
import { mlflowFiles } from '../registry/mlflow-folder.ts'
import { readModelFile, writeModelFile } from '../registry/model-file.ts'
import type { NewModelVersion } from '../store/model-store.ts'
import { readVerifiedFile } from '../training/model-files.ts'
import { exportOnnx } from '../training/onnx/export-onnx.ts'
import { exampleTensor } from './input-example.ts'
import { measureEngines } from './model-engines.ts'
import { manifestBytes, manifestDigestOf } from './model-folders.ts'
import type { Services } from './services.ts'
import { verifySigned } from './signing-key.ts'
import { versionCard } from './version-card.ts'

const finite = (metrics: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)))

/** A version as one signed file. @throws GlyphlabError DAMAGED naming a file of the version */
export async function modelFileOf(
  services: Services,
  version: ModelVersion,
  directory: string,
): Promise<Buffer> {
  const { models, cards, runs, datasets, signing } = services
  const manifest = models.manifest(version.model, version.version)
  const files = await Promise.all(
    manifest.files.map(async (file) => ({
      path: file.path,
      bytes: Buffer.from(await readVerifiedFile(directory, file)),
    })),
  )
  const params = () => {
    try {
      return version.runId === null ? {} : runs.get(version.runId).params
    } catch {
      return {}
    }
  }
  const datasetDigest = () => {
    try {
      return version.datasetVersionId === null ? null : datasets.brief(version.datasetVersionId).digest
    } catch {
      return manifest.datasetDigest
    }
  }
  return writeModelFile(
    {
      model: version.model,
      version: version.version,
      digest: version.digest,
      metrics: finite(version.metrics),
      ...cards.facts(version.model, version.version),
      run:
        version.runId === null ? null : { id: version.runId, name: version.runName ?? '', params: params() },
      dataset:
        version.datasetLabel === null ? null : { label: version.datasetLabel, digest: datasetDigest() },
      exportedAt: new Date().toISOString(),
    },
    {
      manifestBytes: manifestBytes(manifest),
      files,
      card: (await versionCard(services, version)).text,
    },
    (text) => signing.sign(text),
  )
}

/** Registers what a `.glyphmodel` file holds, with its card, metrics and tags. @throws GlyphlabError DAMAGED naming what was changed */
export async function importModelFile(
  services: Services,
  file: { name: string; bytes: Buffer },
  request: Pick<NewModelVersion, 'alias'> & { name: string },
): Promise<ModelVersion> {
  const { blobs, models, cards, registry, audit } = services
  const { contents, manifest, files, card, signature } = await readModelFile(
    file.name,
    file.bytes,
    (text, signed) => verifySigned(text, signed).valid,
  )
  const { key } = verifySigned('', signature)
  const kept = blobs.keep()
  try {
    for (const { bytes } of files) kept.add((await blobs.addBytes(bytes)).hash)
    const inference = await measureEngines(services, {
      manifest,
      name: file.name,
      runId: null,
      datasetVersionId: null,
    })
    return models.register({
      model: request.name,
      alias: request.alias,
      run: null,
      importedFrom: file.name,
      datasetVersionId: null,
      datasetLabel: contents.dataset?.label ?? null,
      manifest,
      digest: manifestDigestOf(manifest),
      metrics: contents.metrics,
      inference,
      beside: (version) => {
        registry.setFacts(request.name, version, {
          tags: { ...contents.tags, 'glyphlab.signedBy': key },
          description: contents.description,
        })
        cards.setCard(request.name, version, card)
        audit.append('model.imported', `${request.name}/${version}`, {
          file: file.name,
          exportedAs: `${contents.model}/${contents.version}`,
          digest: manifestDigestOf(manifest),
          signedBy: key,
        })
      },
    })
  } finally {
    kept.release()
  }
}

/** Writes a version as an MLflow model folder. @returns bytes written */
export function writeMlflowFolder(
  services: Services,
  version: ModelVersion,
  manifest: ModelManifest,
  directory: string,
  target: string,
): Promise<number> {
  return writeNewFolder(target, async (fresh) => {
    const tensor = await exampleTensor(directory, manifest)
    const example = tensor && mlflowExampleFiles(version.signature.input.name, tensor)
    const files = [
      ...(tensor ? [{ path: tensor.path, content: tensor.bytes }] : []),
      { path: 'model.onnx', content: await exportOnnx(directory, manifest, version.digest) },
      { path: 'card.md', content: Buffer.from((await versionCard(services, version)).text) },
      ...mlflowFiles(version, example).map(({ path: name, text }) => ({
        path: name,
        content: Buffer.from(text),
      })),
    ]
    let bytes = 0
    for (const { path: name, content } of files) {
      await writeFile(path.join(fresh, name), content)
      bytes += content.length
    }
    return bytes
  })
}
