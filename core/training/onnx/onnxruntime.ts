import { isMainThread } from 'node:worker_threads'
import type { InferenceSession } from 'onnxruntime-node'
import { GlyphlabError } from '../../contract/index.ts'

export type Onnxruntime = typeof import('onnxruntime-node')

/** One thread: the models are small, and sums do not depend on how many cores there are. */
export const onnxSessionOptions: InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  graphOptimizationLevel: 'all',
  // What fails is thrown; the rest is for its developers.
  logSeverityLevel: 4,
}

let loading: Promise<Onnxruntime> | undefined

/**
 * onnxruntime-node, with its telemetry off: it reads the switch from the process's environment when the first session is
 * made. @throws GlyphlabError UNAVAILABLE, with what to do
 */
export function loadOnnxruntime(): Promise<Onnxruntime> {
  loading ??= importOnnxruntime()
  return loading
}

async function importOnnxruntime(): Promise<Onnxruntime> {
  // A worker thread has a copy of the environment, which native code does not see.
  if (!isMainThread) throw new Error('onnxruntime is only used in the main thread of a process')
  process.env['ORT_DISABLE_TELEMETRY'] = '1'
  try {
    return (await import('onnxruntime-node')).default
  } catch (cause) {
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).split('\n')
    throw new GlyphlabError(
      'UNAVAILABLE',
      `onnxruntime can't be loaded on ${process.platform}-${process.arch} (${reason}).`,
    )
  }
}
