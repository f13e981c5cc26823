import { mlflowChoice } from '../mlflow-choice.ts'
import type { HandlersOf, Services } from '../services.ts'

export function trackingProcedures(services: Services): HandlersOf<'tracking'> {
  const { mlflow } = services
  return {
    'tracking.serveMlflow': async ({ action, port, always }) => {
      const choice = mlflowChoice(services)
      const chosen = { port: port ?? choice.get().port, always: always ?? choice.get().always }
      if (action === 'start') await mlflow.start(chosen.port)
      if (action === 'stop') await mlflow.stop()
      // A port that could not be had is not remembered.
      if (action !== 'status') choice.set(chosen)
      return { url: mlflow.url, ...chosen }
    },
  }
}
