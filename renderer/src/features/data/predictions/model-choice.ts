import type { ModelSource } from '../../../../../core/contract/index.ts'
import { useQuery } from '../../../components/use-query.ts'

export interface ModelChoice {
  value: string
  label: string
  source: ModelSource
}

/** The registered models (newest versions first) and the runs with a model that is not registered. */
export function useModelChoices(): ModelChoice[] {
  const models = useQuery('models.list', {}, { refreshOn: ({ type }) => type === 'model.changed' })
  const runs = useQuery('runs.list', { limit: 500 }, { refreshOn: ({ type }) => type === 'run.changed' })
  const versions = (models.data ?? []).flatMap(({ name, latestVersion, aliases }) => {
    const numbers = new Set([...(latestVersion === null ? [] : [latestVersion]), ...Object.values(aliases)])
    return [...numbers]
      .sort((a, b) => b - a)
      .map((number): ModelChoice => {
        const reference = `${name}/${number}`
        const names = Object.entries(aliases).flatMap(([alias, at]) => (at === number ? ` @${alias}` : []))
        return {
          value: `model ${reference}`,
          label: `${reference}${names.join('')}`,
          source: { kind: 'model', reference },
        }
      })
  })
  const trained = (runs.data?.items ?? [])
    .filter(({ hasModel }) => hasModel)
    .map(
      ({ id, name }): ModelChoice => ({
        value: `run ${id}`,
        label: `${name} (run ${id.slice(0, 6)})`,
        source: { kind: 'run', runId: id },
      }),
    )
  return [...versions, ...trained]
}
