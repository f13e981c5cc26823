declare module 'jsfive' {
  export class Group {
    keys: string[]
    attrs: Record<string, unknown>
    /** @throws where there is no such path */
    get(path: string): Group | Dataset
  }
  export class Dataset {
    shape: number[]
    dtype: unknown
    value: unknown
  }
  export class File extends Group {
    constructor(bytes: ArrayBuffer, name: string)
  }
}
