import type { HandlersOf, Services } from '../services.ts'

export function trackingProcedures({ mlflow }: Services): HandlersOf<'tracking'> {
  return {
    'tracking.serveMlflow': async ({ action, port }) => {
      if (action === 'start') await mlflow.start(port)
      if (action === 'stop') await mlflow.stop()
      return { url: mlflow.url }
    },
  }
}
