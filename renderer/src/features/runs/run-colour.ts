import type { Run } from '../../../../core/contract/index.ts'
import { legibleColour, runColour } from '../../components/charts/run-colours.ts'

/** The tag in which MLflow's own pages keep a run's colour: what is chosen here is seen there, and the other way. */
export const colourTag = 'mlflow.runColor'

export const isColour = (text: unknown): text is string =>
  typeof text === 'string' && /^#[0-9a-f]{6}$/i.test(text)

/** The colour that was chosen for a run, or else the one it has by its id. */
export function colourOfRun(run: Pick<Run, 'id' | 'tags'>): string {
  const chosen = run.tags[colourTag]
  return isColour(chosen) ? legibleColour(chosen) : runColour(run.id)
}
