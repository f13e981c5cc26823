import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { type FileSource, GlyphlabError, type ShippedSample, shippedSample } from '../contract/index.ts'
import type { Uploads } from './uploads.ts'

const catalogue = z.array(shippedSample.extend({ file: z.string() }))

export interface LocatedSource {
  file: string
  /** What the person calls it. */
  name: string
}

/** Finds the bytes that a `FileSource` names. */
export class FileSources {
  private readonly samplesDirectory: string
  private readonly uploads: Uploads

  constructor(samplesDirectory: string, uploads: Uploads) {
    this.samplesDirectory = samplesDirectory
    this.uploads = uploads
  }

  private catalogue(): z.infer<typeof catalogue> {
    return catalogue.parse(
      JSON.parse(fs.readFileSync(path.join(this.samplesDirectory, 'samples.json'), 'utf8')),
    )
  }

  samples(): ShippedSample[] {
    return this.catalogue().map(({ file: _, ...sample }) => sample)
  }

  /** @throws GlyphlabError NOT_FOUND */
  locate(source: FileSource): LocatedSource {
    switch (source.kind) {
      case 'path': {
        const file = path.resolve(source.path)
        return { file, name: path.basename(file) }
      }
      case 'upload':
        return this.uploads.locate(source.uploadId)
      case 'sample': {
        const sample = this.catalogue().find(({ id }) => id === source.sampleId)
        if (!sample) throw new GlyphlabError('NOT_FOUND', `There is no sample ${source.sampleId}.`)
        return { file: path.join(this.samplesDirectory, sample.file), name: path.basename(sample.file) }
      }
    }
  }

  /** Forgets an upload whose content is stored. */
  async release(source: FileSource): Promise<void> {
    if (source.kind === 'upload') await this.uploads.remove(source.uploadId)
  }
}
