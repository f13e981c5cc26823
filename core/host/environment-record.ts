import { cpus, machine, platform, release, totalmem, version } from 'node:os'
import { engineVersion, packageVersions } from './resources.ts'
import { gpuNames } from './system-reading.ts'

/** On what a run is trained: `environment.json`. */
export async function environmentRecord(): Promise<Record<string, unknown>> {
  const processors = cpus()
  return {
    glyphlab: engineVersion,
    node: process.version,
    runtime: process.versions,
    packages: packageVersions(),
    os: { platform: platform(), release: release(), version: version(), machine: machine() },
    cpu: { model: processors[0]?.model.trim() ?? 'unknown', cores: processors.length },
    memoryMegabytes: Math.round(totalmem() / 1e6),
    gpus: await gpuNames(),
  }
}
