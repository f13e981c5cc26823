import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { extract, pack } from 'tar-stream'
import { z } from 'zod'
import { GlyphlabError, sha256 } from '../contract/index.ts'
import { type ModelManifest, modelManifest, modelManifestFile } from '../domain/model-manifest.ts'

/**
 * `.glyphmodel`: a version as one tar file. `glyphmodel.json` says what it is and has the digest of every other entry;
 * `signature.json` signs its bytes; then `card.md`, and `model/` as the version's folder is.
 */
const contentsFile = 'glyphmodel.json'
const signatureFile = 'signature.json'
const cardFile = 'card.md'
const modelFolder = 'model/'

/** Plain names only: what is imported never leads out of a folder. */
const plainPath = /^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)*$/

const modelFileContents = z.object({
  format: z.literal('glyphmodel/1'),
  model: z.string(),
  version: z.number().int(),
  /** sha256 of the version's manifest. */
  digest: sha256,
  metrics: z.record(z.string(), z.number()),
  description: z.string(),
  tags: z.record(z.string(), z.string()),
  run: z.object({ id: z.string(), name: z.string(), params: z.record(z.string(), z.string()) }).nullable(),
  dataset: z.object({ label: z.string(), digest: z.string().nullable() }).nullable(),
  /** ISO 8601 */
  exportedAt: z.string(),
  files: z.array(z.object({ path: z.string(), hash: sha256, bytes: z.number().int() })),
})
type ModelFileContents = z.infer<typeof modelFileContents>
export type ModelFileFacts = Omit<ModelFileContents, 'format' | 'files'>

const modelFileSignature = z.object({
  algorithm: z.literal('ed25519'),
  publicKey: z.string(),
  signature: z.string(),
})
export type ModelFileSignature = Omit<z.infer<typeof modelFileSignature>, 'algorithm'>

interface Entry {
  path: string
  bytes: Buffer
}

export interface ReadModelFile {
  contents: ModelFileContents
  manifest: ModelManifest
  card: string
  /** Those that the manifest names, in its order. */
  files: Entry[]
  signature: ModelFileSignature
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const json = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value, null, 2)}\n`)

/** The same entries give the same bytes. */
async function tarOf(entries: readonly Entry[]): Promise<Buffer> {
  const tar = pack()
  const whole = buffer(tar)
  for (const { path, bytes } of entries) tar.entry({ name: path, mtime: new Date(0), mode: 0o644 }, bytes)
  tar.finalize()
  return whole
}

/**
 * @param files those that the manifest names
 * @param sign signs the text of `glyphmodel.json`
 */
export async function writeModelFile(
  facts: ModelFileFacts,
  version: { manifestBytes: Buffer; files: readonly Entry[]; card: string },
  sign: (text: string) => ModelFileSignature,
): Promise<Buffer> {
  const entries: Entry[] = [
    { path: cardFile, bytes: Buffer.from(version.card) },
    { path: `${modelFolder}${modelManifestFile}`, bytes: version.manifestBytes },
    ...version.files.map(({ path, bytes }) => ({ path: `${modelFolder}${path}`, bytes })),
  ]
  const contents = json({
    format: 'glyphmodel/1',
    ...facts,
    files: entries.map(({ path, bytes }) => ({ path, hash: hashOf(bytes), bytes: bytes.length })),
  })
  const signature = json({ algorithm: 'ed25519', ...sign(contents.toString('utf8')) })
  return tarOf([
    { path: contentsFile, bytes: contents },
    { path: signatureFile, bytes: signature },
    ...entries,
  ])
}

/** Whether a file is a tar file that begins as `.glyphmodel` files do; false for what can't be read. */
export async function isModelFile(file: string): Promise<boolean> {
  const head = Buffer.alloc(512)
  try {
    const handle = await open(file, 'r')
    await handle.read(head, 0, head.length, 0).finally(() => handle.close())
  } catch {
    return false
  }
  return (
    head.toString('latin1', 257, 262) === 'ustar' &&
    head.toString('latin1', 0, contentsFile.length) === contentsFile
  )
}

async function entriesOf(name: string, bytes: Buffer): Promise<Entry[]> {
  const entries: Entry[] = []
  const tar = extract()
  tar.end(bytes)
  try {
    for await (const entry of tar) entries.push({ path: entry.header.name, bytes: await buffer(entry) })
  } catch (cause) {
    throw damaged(
      name,
      `the tar file is damaged or cut short (${cause instanceof Error ? cause.message : cause})`,
    )
  }
  return entries
}

const damaged = (name: string, what: string): GlyphlabError =>
  new GlyphlabError('DAMAGED', `${name}: ${what}. Nothing of it was imported; export it again.`)

function parsed<T>(schema: z.ZodType<T>, name: string, entry: Entry | undefined, path: string): T {
  if (!entry) throw damaged(name, `${path} is missing`)
  try {
    return schema.parse(JSON.parse(entry.bytes.toString('utf8')))
  } catch {
    throw damaged(name, `${path} was changed: it can't be read`)
  }
}

/**
 * Reads a `.glyphmodel` file and verifies every byte of it.
 * @param name of the file, for errors
 * @param verify whether the signature is that of the text
 * @throws GlyphlabError DAMAGED naming the entry that is missing or was changed
 */
export async function readModelFile(
  name: string,
  bytes: Buffer,
  verify: (text: string, signature: ModelFileSignature) => boolean,
): Promise<ReadModelFile> {
  const entries = await entriesOf(name, bytes)
  const find = (path: string) => entries.find((entry) => entry.path === path)
  const first = find(contentsFile)
  const contents = parsed(modelFileContents, name, first, contentsFile)
  const signature = parsed(modelFileSignature, name, find(signatureFile), signatureFile)
  for (const { path, hash, bytes: size } of contents.files) {
    const entry = find(path)
    if (!entry) throw damaged(name, `${path} is missing`)
    if (entry.bytes.length !== size || hashOf(entry.bytes) !== hash)
      throw damaged(name, `${path} was changed: its digest is not the one that ${contentsFile} names`)
  }
  if (!verify((first as Entry).bytes.toString('utf8'), signature))
    throw damaged(
      name,
      `${contentsFile} or ${signatureFile} was changed: the signature is not that of the contents`,
    )
  const listed = new Set([contentsFile, signatureFile, ...contents.files.map(({ path }) => path)])
  const stranger = entries.find(({ path }) => !listed.has(path))
  if (stranger) throw damaged(name, `${stranger.path} was added: ${contentsFile} does not name it`)
  const again = await tarOf(entries)
  if (!again.equals(bytes)) throw damaged(name, 'bytes between its files were changed')

  const manifestPath = `${modelFolder}${modelManifestFile}`
  const manifest = parsed(modelManifest, name, find(manifestPath), manifestPath)
  const files = manifest.files.map(({ path, hash, bytes: size }) => {
    if (!plainPath.test(path))
      throw new GlyphlabError('INVALID_INPUT', `${name}: "${path}" is no name for a file of a model.`)
    const entry = find(`${modelFolder}${path}`)
    if (!entry || entry.bytes.length !== size || hashOf(entry.bytes) !== hash)
      throw damaged(name, `${modelFolder}${path} is not the file that ${manifestPath} names`)
    return { path, bytes: entry.bytes }
  })
  return { contents, manifest, files, signature, card: find(cardFile)?.bytes.toString('utf8') ?? '' }
}
