import { arch, cpus, platform, release } from 'node:os'
import type { LoadedBackend } from './backends/backend.ts'

/** What a result may depend on besides its options: recorded as params of the run. */
export function environmentParams({ tf, detail, threads, device }: LoadedBackend): Record<string, string> {
  const processors = cpus()
  return {
    'environment.node': process.version,
    'environment.tfjs_core': tf.version_core,
    'environment.tfjs_layers': tf.version_layers,
    'environment.backend': detail,
    ...(device === undefined ? {} : { 'environment.device': device }),
    'environment.threads': String(threads),
    'environment.os': `${platform()} ${release()} ${arch()}`,
    'environment.cpu': processors[0]?.model.trim() ?? 'unknown',
    'environment.cpu_count': String(processors.length),
  }
}
