import { cp, mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { root } from '../build/paths.ts'

/** The shipped dataset: 200 photos in 10 class folders. */
export const shippedDataset = path.join(root, 'data', 'datasets', 'sign-language-digits')

/** Makes a folder of class folders: `perClass` shipped photos of each of two classes, one with a long name. */
export async function writeClassFolders(folder: string, perClass: number): Promise<void> {
  for (const [label, name] of [
    ['3', 'drei ☝ Finger'],
    ['8', 'acht'],
  ] as const) {
    const from = path.join(shippedDataset, label)
    await mkdir(path.join(folder, name), { recursive: true })
    for (const file of (await readdir(from)).sort().slice(0, perClass))
      await cp(path.join(from, file), path.join(folder, name, file))
  }
}

function idxFile(shape: number[], values: Uint8Array): Buffer {
  const head = Buffer.alloc(4 + 4 * shape.length)
  head[2] = 0x08
  head[3] = shape.length
  for (const [index, side] of shape.entries()) head.writeUInt32BE(side, 4 + 4 * index)
  return Buffer.concat([head, values])
}

/** Writes pictures of 12 x 12 px in two classes, an upright and a lying bar, as an IDX pair; the labels gzipped. @returns both paths */
export async function writeIdxPair(folder: string, count: number): Promise<[string, string]> {
  const side = 12
  const pictures = new Uint8Array(count * side * side)
  for (let index = 0; index < count; index += 1) {
    for (let along = 0; along < side; along += 1) {
      const across = 2 + (index % 8)
      const [row, column] = index % 2 === 0 ? [along, across] : [across, along]
      pictures[index * side * side + row * side + column] = 255
    }
  }
  const images = path.join(folder, 'train-images-idx3-ubyte')
  const labels = path.join(folder, 'train-labels-idx1-ubyte.gz')
  await mkdir(folder, { recursive: true })
  await writeFile(images, idxFile([count, side, side], pictures))
  await writeFile(
    labels,
    gzipSync(
      idxFile(
        [count],
        Uint8Array.from({ length: count }, (_, index) => index % 2),
      ),
    ),
  )
  return [images, labels]
}
