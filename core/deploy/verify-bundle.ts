import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { GlyphlabError } from '../contract/index.ts'
import {
  type BundleManifest,
  bundleKeyFile,
  bundleManifest,
  bundleManifestFile,
  bundleSignatureFile,
} from '../domain/bundle.ts'
import { fingerprintOf, isSignedBy } from './signature.ts'

export interface BundleCheck {
  manifest: BundleManifest
  /** Fingerprint of the key whose signature holds; null when there is none that does. */
  signedBy: string | null
  /** Each names a file and what is wrong with it; empty when the bundle is as it was exported. */
  problems: string[]
}

/**
 * Compares every file of a bundle with its manifest, and the manifest with its signature. Whose key it is, is the
 * caller's to judge.
 * @throws GlyphlabError NOT_FOUND when there is no manifest; DAMAGED when it can't be read; CANCELLED
 */
export async function checkBundleFiles(directory: string, signal?: AbortSignal): Promise<BundleCheck> {
  const bytes = await readManifest(directory)
  const manifest = parseManifest(directory, bytes)
  const problems: string[] = []
  for (const { path, sha256 } of manifest.files) {
    if (signal?.aborted) throw new GlyphlabError('CANCELLED', 'The check was cancelled.')
    const found = await digestOf(join(directory, ...path.split('/')))
    if (found === null) problems.push(`${path}: missing, or can't be read`)
    else if (found !== sha256) problems.push(`${path}: changed since the export`)
  }
  problems.push(...(await strangers(directory, manifest)))
  const signedBy = await signer(directory, bytes)
  if (signedBy === null) problems.push(`${bundleManifestFile}: not what ${bundleSignatureFile} was made for`)
  return { manifest, signedBy, problems }
}

async function readManifest(directory: string): Promise<Buffer> {
  try {
    return await readFile(join(directory, bundleManifestFile))
  } catch (cause) {
    throw new GlyphlabError(
      'NOT_FOUND',
      `${join(directory, bundleManifestFile)} can't be read (${cause}). Choose the folder of an exported bundle.`,
    )
  }
}

function parseManifest(directory: string, bytes: Buffer): BundleManifest {
  try {
    return bundleManifest.parse(JSON.parse(bytes.toString()))
  } catch (cause) {
    throw new GlyphlabError(
      'DAMAGED',
      `${join(directory, bundleManifestFile)}: not the manifest of a bundle (${cause}). Export the bundle again.`,
    )
  }
}

async function digestOf(file: string): Promise<string | null> {
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(file), hash)
    return hash.digest('hex')
  } catch {
    return null
  }
}

/** Files beside the exported ones, where the image would take them along. */
async function strangers(directory: string, { files }: BundleManifest): Promise<string[]> {
  const known = new Set(files.map(({ path }) => path))
  const found = await Promise.all(
    ['server', 'model', 'tessdata', 'versions', 'golden'].map(async (part) => {
      const entries = await readdir(join(directory, part), { recursive: true, withFileTypes: true }).catch(
        () => [],
      )
      return entries
        .filter((entry) => !entry.isDirectory())
        .map((entry) =>
          join(entry.parentPath, entry.name)
            .slice(directory.length + 1)
            .replaceAll('\\', '/'),
        )
    }),
  )
  return found
    .flat()
    .filter((path) => !known.has(path))
    .map((path) => `${path}: not one of the exported files`)
}

async function signer(directory: string, bytes: Buffer): Promise<string | null> {
  try {
    const publicKey = await readFile(join(directory, bundleKeyFile), 'utf8')
    const signature = await readFile(join(directory, bundleSignatureFile), 'utf8')
    return isSignedBy(publicKey, bytes, signature) ? fingerprintOf(publicKey) : null
  } catch {
    return null
  }
}
