import { Select } from '@mantine/core'
import { plural } from '../../components/format.ts'
import { useQuery } from '../../components/use-query.ts'
import { useUrlState } from './url-state.ts'

/** The dataset version to train on: a dataset, then one of its versions. The newest unless another is chosen. */
export function useDatasetChoice() {
  const url = useUrlState()
  const versionId = url.get('dataset')
  const datasets = useQuery('datasets.list', {}, { refreshOn: (event) => event.type === 'dataset.changed' })
  const given = useQuery('datasets.version', { versionId: versionId ?? '' }, { enabled: versionId !== null })
  const usable = (datasets.data ?? []).filter((dataset) => dataset.latest !== null)
  const dataset =
    usable.find((one) => one.id === given.data?.datasetId) ?? (versionId === null ? usable[0] : undefined)
  const versions = useQuery(
    'datasets.versions',
    { datasetId: dataset?.id ?? '' },
    { enabled: dataset !== undefined },
  )
  const version = versionId ?? dataset?.latest?.versionId ?? null
  const splits = useQuery('datasets.splits', { versionId: version ?? '' }, { enabled: version !== null })
  const split = url.get('split')
  return {
    datasets: usable,
    dataset,
    versions: versions.data ?? [],
    version,
    splits: splits.data ?? [],
    /** Null: the version's own. */
    split: splits.data?.some(({ name }) => name === split) ? split : null,
    set: url.set,
    loading: datasets.data === undefined || (versionId !== null && !given.data && !given.error),
    error: datasets.error ?? given.error,
    reload: datasets.reload,
  }
}

/** Fields that choose a dataset, one of its versions, and a split. */
export function DatasetFields({ choice }: { choice: ReturnType<typeof useDatasetChoice> }) {
  return (
    <div className="form-row">
      <Select
        label="Dataset"
        data={choice.datasets.map((one) => ({ value: one.id, label: one.name }))}
        value={choice.dataset?.id ?? null}
        allowDeselect={false}
        searchable
        onChange={(id) =>
          choice.set({
            dataset: choice.datasets.find((one) => one.id === id)?.latest?.versionId ?? null,
          })
        }
      />
      <Select
        label="Version"
        data={choice.versions.map((one) => ({
          value: one.id,
          label: `Version ${one.number}: ${plural(one.sampleCount, one.table ? 'row' : 'picture')}, ${plural(one.labels.length, 'class', 'classes')}`,
        }))}
        value={choice.version}
        allowDeselect={false}
        onChange={(id) => choice.set({ dataset: id, split: null })}
      />
      {choice.splits.length > 1 && (
        <Select
          label="Split"
          data={choice.splits.map(({ name, counts }) => ({
            value: name,
            label: `${name}: ${counts.train} / ${counts.validation} / ${counts.test}`,
          }))}
          value={choice.split ?? 'default'}
          allowDeselect={false}
          onChange={(name) => choice.set({ split: name === 'default' ? null : name })}
        />
      )}
    </div>
  )
}
