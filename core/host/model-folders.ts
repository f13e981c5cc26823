import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import { copyFile, link, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { holdsContent, readBlob, sha256Of } from '../blobs/blob-files.ts'
import { GlyphlabError } from '../contract/index.ts'
import { storageError } from '../domain/disk-full.ts'
import { type ModelManifest, modelManifestFile, modelRemedy } from '../domain/model-manifest.ts'
import type { BlobStore } from '../store/blob-store.ts'

export const manifestBytes = (manifest: ModelManifest): Buffer =>
  Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)
export const manifestDigestOf = (manifest: ModelManifest): string => sha256Of(manifestBytes(manifest))

/** Model versions as folders of files, made from the stored blobs when they are first needed. */
export class ModelFolders {
  private readonly root: string
  private readonly blobs: BlobStore

  constructor(home: string, blobs: BlobStore) {
    this.root = path.join(home, 'cache', 'models')
    this.blobs = blobs
    blobs.onMended = (hash) => this.forget(hash)
  }

  /** @throws GlyphlabError DISK_FULL; DAMAGED, naming the file that is missing. (Their content is verified by whoever loads it.) */
  async folder(manifest: ModelManifest): Promise<string> {
    const folder = path.join(this.root, manifestDigestOf(manifest))
    const whole = manifest.files.every(
      (file) => fs.statSync(path.join(folder, file.path), { throwIfNoEntry: false })?.size === file.bytes,
    )
    if (whole && fs.existsSync(path.join(folder, modelManifestFile))) return folder
    const temporary = path.join(this.root, randomUUID())
    try {
      await this.write(temporary, manifest)
      await rm(folder, { recursive: true, force: true })
      await rename(temporary, folder)
    } catch (cause) {
      await rm(temporary, { recursive: true, force: true })
      throw storageError(cause, folder)
    }
    return folder
  }

  /** Folders with a file of this content are second names of what was damaged. */
  private forget(hash: string): void {
    for (const name of fs.existsSync(this.root) ? fs.readdirSync(this.root) : []) {
      const manifest = path.join(this.root, name, modelManifestFile)
      if (fs.existsSync(manifest) && fs.readFileSync(manifest, 'utf8').includes(hash))
        fs.rmSync(path.join(this.root, name), { recursive: true, force: true })
    }
  }

  /**
   * The folder with each file read and compared with its digest. One that was changed is made anew, from what is stored.
   * @throws GlyphlabError DISK_FULL; DAMAGED, naming the file
   */
  async verified(manifest: ModelManifest): Promise<string> {
    const folder = await this.folder(manifest)
    if ((await changedFile(folder, manifest)) === null) return folder
    await rm(folder, { recursive: true, force: true })
    await this.folder(manifest)
    const changed = await changedFile(folder, manifest)
    if (changed === null) return folder
    throw new GlyphlabError(
      'DAMAGED',
      `${path.join(folder, changed)}: the content is not what was recorded (its sha256 differs). ${modelRemedy}`,
      { file: changed },
    )
  }

  private async write(folder: string, manifest: ModelManifest): Promise<void> {
    await mkdir(folder, { recursive: true })
    for (const file of manifest.files) {
      const location = this.blobs.locate(file.hash)
      if (!location || !fs.existsSync(location.file)) {
        throw new GlyphlabError(
          'DAMAGED',
          `The model's file ${file.path} is missing from the data folder (${file.hash}). ${modelRemedy}`,
        )
      }
      const target = path.join(folder, file.path)
      await mkdir(path.dirname(target), { recursive: true })
      // A version's input example may lie among others, in a pack.
      if (location.offset > 0) await writeFile(target, await readBlob(location, file.hash))
      else await link(location.file, target).catch(() => copyFile(location.file, target))
    }
    await writeFile(path.join(folder, modelManifestFile), manifestBytes(manifest))
  }
}

/** The first file of a version's folder that is not what its manifest says. */
async function changedFile(folder: string, manifest: ModelManifest): Promise<string | null> {
  const all = [
    ...manifest.files,
    { path: modelManifestFile, hash: manifestDigestOf(manifest), bytes: manifestBytes(manifest).length },
  ]
  for (const { path: name, hash, bytes } of all) {
    const file = path.join(folder, name)
    const size = fs.statSync(file, { throwIfNoEntry: false })?.size
    if (size !== bytes || !(await holdsContent({ file, offset: 0, length: bytes }, hash))) return name
  }
  return null
}
