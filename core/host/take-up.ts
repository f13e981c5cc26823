import { mlflowChoice } from './mlflow-choice.ts'
import type { Services } from './services.ts'

/** The start itself is over by then, and the window drawn. */
const spareAfterMs = 3_000

/**
 * What an engine that stays takes up again from before: the app's and that of `glyphlab serve`, not that of a single
 * command.
 * @param mlflowPort asked for at this start; it comes before what was chosen in the settings
 * @throws GlyphlabError CONFLICT when the port that was asked for is taken
 */
export async function takeUp(services: Services, mlflowPort?: number): Promise<void> {
  services.runWatches.open()
  services.pageWatches.open()
  services.runSpools.open()
  services.runSyncs.open()
  setTimeout(() => {
    if (!services.queue.isClosing) services.spareRunImport.prepare()
  }, spareAfterMs).unref()
  if (mlflowPort !== undefined) {
    await services.mlflow.start(mlflowPort)
    return
  }
  const { port, always } = mlflowChoice(services).get()
  if (!always) return
  try {
    await services.mlflow.start(port)
  } catch (cause) {
    services.log.warn({ err: cause }, "MLflow's API is not served; choose another port in the settings")
  }
}
