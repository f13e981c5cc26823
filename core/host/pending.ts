import { type BackendStatus, GlyphlabError, type TrainingPreset } from '../contract/index.ts'
import type { JobHandler } from '../jobs/job-queue.ts'
import type { Classifier, HandlersOf, OcrReader } from './services.ts'

/** Parts that land in the next commits. */
const absent = () => Promise.reject(new GlyphlabError('UNAVAILABLE', 'This part is not built yet.'))
export const createOcrPool = (_: object): OcrReader => ({ read: absent, close: async () => {} })
export const createInferencePool = (_: object): Classifier => ({ classify: absent, close: async () => {} })
export const probeBackends = (_: object): Promise<BackendStatus[]> => Promise.resolve([])
export const presets = (): TrainingPreset[] => []
export const deployJob = (_: object): JobHandler => ({ kind: 'deploy-export', atOnce: 1, run: absent })
export const deployProcedures = (_: object): HandlersOf<'deploy'> => ({ 'deploy.targets': () => [], 'deploy.export': absent })
