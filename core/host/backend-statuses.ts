import { existsSync } from 'node:fs'
import path from 'node:path'
import type { BackendId, BackendStatus } from '../contract/index.ts'
import { backendById } from '../training/backends/index.ts'
import { type ProbedBackend, probeBackend, probeBackends } from '../training/probe.ts'
import { workerFiles } from './resources.ts'

/** Where the app installs backends on demand, each in a folder of its name. */
export const backendsDirectory = (home: string): string => path.join(home, 'backends')

/** Which backends work here. Probing takes seconds, so that an answer is kept. */
export class BackendStatuses {
  readonly #home: string
  #known: Promise<BackendStatus[]> | undefined

  constructor(home: string) {
    this.#home = home
  }

  list(refresh: boolean): Promise<BackendStatus[]> {
    if (refresh || !this.#known)
      this.#known = probeBackends(this.#options()).then((found) => found.map((one) => this.#withInstall(one)))
    return this.#known
  }

  /** Probes one anew. */
  async check(id: BackendId): Promise<BackendStatus> {
    this.#known = undefined
    return this.#withInstall(await probeBackend(id, this.#options()))
  }

  #options() {
    return { workerFile: workerFiles.probe, packagesDirectory: backendsDirectory(this.#home) }
  }

  #withInstall(status: ProbedBackend): BackendStatus {
    const { install } = backendById(status.id)
    if (install === null) return { ...status, install: null }
    const { packages, downloadBytes, note } = install
    const installed = existsSync(path.join(backendsDirectory(this.#home), status.id))
    return { ...status, install: { packages, downloadBytes, note, installed } }
  }
}
