import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import { writeNewFolder } from '../blobs/new-folder.ts'
import { type BundleCommand, GlyphlabError } from '../contract/index.ts'
import {
  type BundleManifest,
  bundleKeyFile,
  bundleManifest,
  bundleManifestFile,
  bundleSignatureFile,
  goldenAnswers,
  goldenAnswersFile,
  goldenDirectory,
  languageDirectory,
  modelDirectory,
  versionDirectory,
} from '../domain/bundle.ts'
import { exampleOf, modelManifest, modelManifestFile, modelRemedy } from '../domain/model-manifest.ts'
import { type TrainingProfile, trainingProfileFile } from '../domain/training-profile.ts'
import { bundleReadme } from './bundle-readme.ts'
import { BundleWriter } from './bundle-writer.ts'
import { type BundledPackage, sbom } from './sbom.ts'
import { healthcheck } from './scripts/healthcheck.ts'
import { loadTest } from './scripts/load-test.ts'
import { verify } from './scripts/verify.ts'
import { writeServer } from './server-payload.ts'
import type { SigningKey } from './signature.ts'
import type { BundleSubject, FurtherVersion } from './subject.ts'
import { chooseTargets } from './targets/index.ts'
import { resolveOptions, type TargetOptions } from './targets/options.ts'
import type { TargetContext } from './targets/target.ts'

export interface ExportRequest {
  /** Ids of deploy targets (at least one); those that they need are added. */
  targets: readonly string[]
  /** What was chosen of the targets' options, by `<target>.<option>`. */
  options?: TargetOptions
  signingKey: SigningKey
  /** What the server will answer to `/openapi.json`. */
  describeService: (service: ServiceIdentity) => Promise<object>
  subject: BundleSubject
  /** The built server: `dist/server`. */
  serverDirectory: string
  /** New, or an empty folder. */
  directory: string
  signal?: AbortSignal
  /** `value`: 0..1 */
  onProgress?: (progress: { value: number; message: string }) => void
}

type ServiceIdentity = Pick<BundleManifest, 'kind' | 'name' | 'version'>

export interface WrittenBundle {
  directory: string
  manifest: BundleManifest
  /** Of all targets, in the order in which they build on each other. */
  commands: BundleCommand[]
  /** Bytes without the vendored packages (`server/node_modules`), and with them. */
  payloadBytes: number
  totalBytes: number
  /** Of onnxruntime. */
  runtimeBytes: number
}

/**
 * Writes a bundle: the server, the model or language data, golden inputs with the app's answers, the targets' own files,
 * a list of its parts (SBOM) and a signed manifest with the digest of each file. The folder appears whole or not at all: it is written beside its place and
 * renamed.
 * @throws GlyphlabError CONFLICT when the folder holds anything; INVALID_INPUT without a golden input or with a wrong option; DAMAGED when the
 * model's files changed; UNAVAILABLE when the server was not built; CANCELLED; DISK_FULL
 */
export async function exportBundle(request: ExportRequest): Promise<WrittenBundle> {
  const {
    subject,
    serverDirectory,
    signingKey,
    signal = new AbortController().signal,
    onProgress = () => {},
  } = request
  const targets = chooseTargets(request.targets)
  const options = resolveOptions(targets, request.options ?? {})
  const directory = resolve(request.directory)
  if (subject.golden.length === 0) {
    throw new GlyphlabError(
      'INVALID_INPUT',
      'A bundle checks itself with at least one picture; none was given.',
    )
  }
  const exported = await writeNewFolder(directory, async (fresh) => {
    const writer = new BundleWriter(fresh, signal)
    onProgress({ value: 0.05, message: 'Copying the server' })
    const { platform, packages } = await writeServer(writer, resolve(serverDirectory), subject)
    onProgress({
      value: 0.7,
      message: subject.kind === 'ocr' ? 'Copying the language data' : 'Copying the model',
    })
    const identity = await writeSubject(writer, subject)
    onProgress({ value: 0.8, message: 'Writing the golden answers' })
    const goldenFiles = await writeGoldenAnswers(writer, goldenDirectory, subject)
    const exampleFile = (await exampleIn(subject)) ?? `${goldenDirectory}/${goldenFiles[0]}`
    const bundle: Omit<BundleManifest, 'files'> = {
      format: 'glyphlab-bundle/1',
      targets: targets.map(({ id }) => id),
      ...identity,
      platform,
      created: new Date().toISOString(),
    }
    onProgress({
      value: 0.9,
      message: `Writing the files for ${targets.map(({ title }) => title).join(', ')}`,
    })
    const chosen = targets.map((target) => {
      const option = (key: string) => options.get(`${target.id}.${key}`) ?? ''
      const has = (id: string) => targets.some((other) => other.id === id)
      return {
        target,
        context: { bundle, directory, goldenFiles, exampleFile, option, has } satisfies TargetContext,
      }
    })
    await writeCommonFiles(writer, bundle, packages, goldenFiles, await request.describeService(bundle))
    for (const { target, context } of chosen) {
      for (const { path, content, executable } of target.files(context))
        await writer.write(path, content, executable ? 0o755 : 0o644)
    }
    await writer.write('README.md', bundleReadme(chosen, signingKey.fingerprint))
    await writer.write(bundleKeyFile, signingKey.publicKey)
    const manifest = bundleManifest.parse({ ...bundle, files: [...writer.files] })
    const bytes = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)
    await writer.write(bundleManifestFile, bytes)
    await writer.write(bundleSignatureFile, `${signingKey.sign(bytes)}\n`)
    const commands = chosen.flatMap(({ target, context }) => target.commands(context))
    const sum = (files: BundleManifest['files']) => files.reduce((bytes, file) => bytes + file.bytes, 0)
    return {
      directory,
      manifest,
      commands,
      totalBytes: sum(writer.files),
      payloadBytes: sum(writer.files.filter(({ path }) => !path.startsWith('server/node_modules/'))),
      runtimeBytes: sum(
        writer.files.filter(({ path }) => path.startsWith('server/node_modules/onnxruntime-')),
      ),
    }
  })
  onProgress({ value: 1, message: `Exported to ${directory}` })
  return exported
}

/**
 * Writes what a server on this machine serves: a bundle without the server and without a target's files.
 * @param directory new, or an empty folder
 * @throws GlyphlabError as `exportBundle`
 */
export async function writeLocalBundle(subject: BundleSubject, directory: string): Promise<BundleManifest> {
  return writeNewFolder(resolve(directory), async (fresh) => {
    const writer = new BundleWriter(fresh, new AbortController().signal)
    const identity = await writeSubject(writer, subject)
    await writeGoldenAnswers(writer, goldenDirectory, subject)
    const manifest = bundleManifest.parse({
      format: 'glyphlab-bundle/1',
      targets: [],
      ...identity,
      platform: 'any',
      created: new Date().toISOString(),
      files: [...writer.files],
    })
    await writer.write(bundleManifestFile, `${JSON.stringify(manifest, null, 2)}\n`)
    return manifest
  })
}

/** What lies in every bundle, whatever its targets. */
async function writeCommonFiles(
  writer: BundleWriter,
  bundle: Omit<BundleManifest, 'files'>,
  packages: readonly BundledPackage[],
  [sample = '']: string[],
  description: object,
): Promise<void> {
  const text = (value: object) => `${JSON.stringify(value, null, 2)}\n`
  await writer.write('healthcheck.mjs', healthcheck)
  await writer.write('verify.mjs', verify)
  await writer.write('load-test.mjs', loadTest(bundle, sample))
  await writer.write('openapi.json', text(description))
  await writer.write('sbom.cdx.json', text(sbom(bundle, packages)))
}

async function writeSubject(
  writer: BundleWriter,
  subject: BundleSubject,
): Promise<Pick<BundleManifest, 'kind' | 'name' | 'version' | 'digest' | 'engine' | 'versions'>> {
  if (subject.kind !== 'ocr') {
    await writeModel(writer, modelDirectory, subject.modelDirectory, subject.digest)
    const { modelName: name, version, digest, engine } = subject
    const further = subject.kind === 'model' ? (subject.further ?? []) : []
    if (subject.kind === 'model') await writeProfile(writer, trainingProfileFile, subject.profile)
    for (const one of further) await writeFurther(writer, one)
    const versions = further.map((one) => ({
      version: one.version,
      digest: one.digest,
      ...(one.engine && { engine: one.engine }),
    }))
    return {
      kind: subject.kind === 'model' ? 'image-classifier' : subject.kind,
      name,
      version,
      digest,
      ...(engine && { engine }),
      ...(versions.length > 0 && { versions }),
    }
  }
  const before = writer.files.length
  await writer.copyDirectory(languageDirectory, subject.languageDirectory, (path) =>
    path.endsWith('.traineddata.gz'),
  )
  const files = writer.files.slice(before).map(({ path, sha256 }) => `${sha256}  ${path}\n`)
  if (files.length === 0) {
    throw new GlyphlabError(
      'UNAVAILABLE',
      `${subject.languageDirectory}: there is no *.traineddata.gz in this folder.`,
    )
  }
  const digest = createHash('sha256').update(files.join('')).digest('hex')
  return { kind: 'ocr', name: 'ocr', version: subject.golden[0]?.reading.engine ?? 'tesseract.js', digest }
}

async function writeFurther(writer: BundleWriter, one: FurtherVersion): Promise<void> {
  const folder = versionDirectory(one.version)
  await writeModel(writer, `${folder}/${modelDirectory}`, one.modelDirectory, one.digest)
  await writeProfile(writer, `${folder}/${trainingProfileFile}`, one.profile)
  await writeGoldenAnswers(writer, `${folder}/${goldenDirectory}`, { kind: 'model', golden: one.golden })
}

async function writeProfile(
  writer: BundleWriter,
  path: string,
  profile: TrainingProfile | null = null,
): Promise<void> {
  if (profile) await writer.write(path, `${JSON.stringify(profile)}\n`)
}

/** Copies the manifest and the files that it names, each only if it is what the manifest says. */
async function writeModel(
  writer: BundleWriter,
  place: string,
  directory: string,
  digest: string,
): Promise<void> {
  const copyVerified = async (path: string, expected: string) => {
    await writer.copy(`${place}/${path}`, join(directory, path))
    if (writer.files.at(-1)?.sha256 === expected) return
    throw new GlyphlabError(
      'DAMAGED',
      `${join(directory, path)}: changed since the version was registered, so it is not exported. ${modelRemedy}`,
    )
  }
  await copyVerified(modelManifestFile, digest)
  const manifest = modelManifest.parse(JSON.parse(await readFile(join(directory, modelManifestFile), 'utf8')))
  for (const { path, hash } of manifest.files) await copyVerified(path, hash)
}

/** Where the input example of the version lies in the bundle; null: it has none. */
async function exampleIn(subject: BundleSubject): Promise<string | null> {
  if (subject.kind === 'ocr') return null
  const text = await readFile(join(subject.modelDirectory, modelManifestFile), 'utf8')
  const example = exampleOf(modelManifest.parse(JSON.parse(text)))
  return example && `${modelDirectory}/${example.path}`
}

type GoldenInputs = { [K in BundleSubject as K['kind']]: Pick<K, 'kind' | 'golden'> }[BundleSubject['kind']]

/** Writes the golden inputs and the answers to them into `place`; returns the inputs' file names. */
async function writeGoldenAnswers(
  writer: BundleWriter,
  place: string,
  subject: GoldenInputs,
): Promise<string[]> {
  const files = subject.golden.map(({ name }, index) => {
    const extension = /^\.\w{1,5}$/.exec(extname(name))?.[0] ?? ''
    return `input-${String(index + 1).padStart(3, '0')}${extension.toLowerCase()}`
  })
  for (const [index, { bytes }] of subject.golden.entries()) {
    await writer.write(`${place}/${files[index]}`, bytes)
  }
  const answers = goldenAnswers.parse({
    format: 'glyphlab-golden/1',
    kind: subject.kind === 'model' ? 'image-classifier' : subject.kind,
    items: subject.golden.map(({ bytes: _, ...answer }, index) => ({ ...answer, file: files[index] })),
  })
  await writer.write(`${place}/${goldenAnswersFile}`, `${JSON.stringify(answers, null, 2)}\n`)
  return files
}
