import fs from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { BlobLocation } from '../../blobs/blob-files.ts'

/** Writes a new file, with the folders that lead to it. */
export async function writeNew(file: string, content: string | Uint8Array): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, content, { flag: 'wx' })
}

export async function copyBlob({ file, offset, length }: BlobLocation, target: string): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true })
  if (length === 0) await writeFile(target, '', { flag: 'wx' })
  else
    await pipeline(
      fs.createReadStream(file, { start: offset, end: offset + length - 1 }),
      fs.createWriteStream(target, { flags: 'wx' }),
    )
}

/** Whether a key can be a path of files below a folder on every system. */
export const isFileKey = (key: string): boolean =>
  key !== '' &&
  !/[\\\p{Cc}]/u.test(key) &&
  key
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..' && Buffer.byteLength(part) <= 250)

/** A number as Python writes it. */
export const pythonNumber = (value: number): string =>
  Number.isNaN(value)
    ? 'nan'
    : value === Number.POSITIVE_INFINITY
      ? 'inf'
      : value === Number.NEGATIVE_INFINITY
        ? '-inf'
        : Object.is(value, -0)
          ? '-0.0'
          : String(value)
