import { z } from 'zod'
import type { Services } from './services.ts'

const key = 'mlflow'
const choice = z.object({ port: z.number().int().min(0).max(65_535), always: z.boolean() })
type MlflowChoice = z.infer<typeof choice>
const usual: MlflowChoice = { port: 5_000, always: false }

/** The port of MLflow's API that was chosen last, and whether it is served from each start on. */
export function mlflowChoice({ settings }: Pick<Services, 'settings'>): {
  get(): MlflowChoice
  set(value: MlflowChoice): void
} {
  return {
    get: () => settings.get(key, choice, usual),
    set: (value) => settings.set(key, value),
  }
}
