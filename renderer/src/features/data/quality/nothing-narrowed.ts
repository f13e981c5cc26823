import type { SampleFilter } from '../sample-filter.ts'

/** The filter that leaves all pictures. */
export const nothingNarrowed: SampleFilter = {
  labels: [],
  boxLabels: [],
  subset: null,
  split: null,
  search: '',
  finding: null,
  within: null,
  character: null,
  prediction: null,
  selection: null,
  sort: 'path',
  descending: false,
  sample: null,
}
