import { Dataset, File, Group } from 'jsfive'
import { GlyphlabError } from '../../contract/index.ts'

export interface StoredArray {
  shape: number[]
  values: Float32Array
}

export const hdf5Magic = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1')

/** All values of a file may take this much. */
const mostValues = 256 * 1024 ** 2

/** What a weights file of Keras holds. */
export class Hdf5 {
  readonly #root: Group
  readonly #name: string
  #values = 0
  /** Finding one takes a walk through the file. */
  readonly #found = new Map<string, Group | Dataset | undefined>()

  /** @throws GlyphlabError DAMAGED, naming the file */
  constructor(bytes: Buffer, name: string) {
    this.#name = name
    this.#root = this.#reading(
      () =>
        new File(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer, name),
    )
  }

  /** A group by its path; undefined where there is none. */
  group(path: string): Group | undefined {
    const found = this.#find(path)
    return found instanceof Group ? found : undefined
  }

  /** Text of an attribute of the root; undefined where there is none. */
  text(attribute: string): string | undefined {
    const value = this.#root.attrs[attribute]
    return typeof value === 'string' ? value : undefined
  }

  /** An array by its path; undefined where there is none. @throws GlyphlabError UNSUPPORTED for other numbers than float32 */
  array(path: string): StoredArray | undefined {
    const found = this.#find(path)
    if (!(found instanceof Dataset)) return undefined
    const { shape, dtype } = found
    if (dtype !== '<f4')
      throw new GlyphlabError(
        'UNSUPPORTED',
        `${this.#name}: "${path}" is stored as ${String(dtype)} and not as float32. Save the model in float32.`,
      )
    const count = shape.reduce((product, size) => product * size, 1)
    this.#values += count
    if (this.#values > mostValues) throw this.#damaged('it holds more values than a model may have')
    const values = Float32Array.from(this.#reading(() => found.value as number[]))
    if (values.length !== count) throw this.#damaged(`"${path}" has ${values.length} of ${count} values`)
    return { shape: [...shape], values }
  }

  #find(path: string): Group | Dataset | undefined {
    if (this.#found.has(path)) return this.#found.get(path)
    const cut = path.lastIndexOf('/')
    const parent = cut < 0 ? this.#root : this.#find(path.slice(0, cut))
    const part = path.slice(cut + 1)
    const found = this.#reading(() =>
      parent instanceof Group && parent.keys.includes(part) ? parent.get(part) : undefined,
    )
    this.#found.set(path, found)
    return found
  }

  #reading<T>(read: () => T): T {
    try {
      return read()
    } catch (cause) {
      throw this.#damaged(cause instanceof Error ? cause.message : String(cause))
    }
  }

  #damaged(reason: string): GlyphlabError {
    return new GlyphlabError(
      'DAMAGED',
      `${this.#name}: the HDF5 file can't be read (${reason}). Save the model again.`,
    )
  }
}
