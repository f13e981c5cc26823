import path from 'node:path'
import { GlyphlabError } from '../../contract/index.ts'
import { exporterById, exporters } from '../../datasets/exporters/index.ts'
import type { HandlersOf, Services } from '../services.ts'
import type { DatasetDraftProcedure } from './dataset-drafts.ts'
import type { DatasetMapProcedure } from './dataset-maps.ts'
import type { DatasetQualityProcedure } from './dataset-quality.ts'
import type { DatasetTableProcedure } from './dataset-tables.ts'
import type { DatasetTrashProcedure } from './dataset-trash.ts'
import type { DatasetVersionProcedure } from './dataset-versions.ts'

export function datasetProcedures({
  home,
  datasets,
  drafts,
  inspector,
  sources,
  queue,
}: Services): Omit<
  HandlersOf<'datasets'>,
  | DatasetVersionProcedure
  | DatasetQualityProcedure
  | DatasetDraftProcedure
  | DatasetMapProcedure
  | DatasetTableProcedure
  | DatasetTrashProcedure
> {
  return {
    'datasets.import': (input) => {
      const { name } = sources.locate(input.source)
      if (input.storage === 'reference' && input.source.kind !== 'path')
        throw new GlyphlabError(
          'INVALID_INPUT',
          `${name} is not a file or folder of this machine that stays where it is: only such can be imported by reference. Import a copy.`,
        )
      return { jobId: queue.add('dataset-import', `Import ${name} as "${input.name}"`, input).id }
    },
    'datasets.inspect': ({ source, importer, options }) =>
      inspector.inspect({ home, root: sources.locate(source).file, importer, options }),
    'datasets.list': () => datasets.list(),
    'datasets.versions': ({ datasetId }) => datasets.versions(datasetId),
    'datasets.version': ({ versionId, name }) => {
      if (versionId !== undefined) return datasets.version(versionId)
      if (name !== undefined) return datasets.namedVersion(name)
      throw new GlyphlabError('INVALID_INPUT', 'Name a dataset version by its id, or a dataset by its name.')
    },
    'datasets.samples': async ({ versionId, draft, offset, limit, ...filter }) => {
      if (draft) {
        await drafts.prepare(versionId, filter.split)
        return drafts.samples(versionId, filter, offset, limit)
      }
      const { total, items } = datasets.samples(versionId, filter, offset, limit)
      return { total, items: items.map((sample) => ({ ...sample, edited: false })) }
    },
    'datasets.ordinals': async ({ versionId, draft, offset, limit, ...filter }) => {
      if (draft) await drafts.prepare(versionId, filter.split)
      return (draft ? drafts : datasets).page(versionId, filter, offset, limit).ordinals
    },
    'datasets.position': async ({ versionId, draft, ordinal, ...filter }) => {
      if (draft) await drafts.prepare(versionId, filter.split)
      return { position: (draft ? drafts : datasets).position(versionId, filter, ordinal) }
    },
    'datasets.exporters': () =>
      exporters.map(({ id, title, description, content = 'pictures' }) => ({
        id,
        title,
        description,
        content,
      })),
    'datasets.export': (input) => {
      const { datasetName, number, table } = datasets.brief(input.versionId)
      const { title, content = 'pictures' } = exporterById(input.exporter)
      if ((content === 'rows') !== (table !== null))
        throw new GlyphlabError(
          'UNSUPPORTED',
          table
            ? `"${datasetName}" is a table: export it with "rows".`
            : `"${datasetName}" holds pictures, and "${input.exporter}" writes rows. Choose another format.`,
        )
      if (!path.isAbsolute(input.directory))
        throw new GlyphlabError(
          'INVALID_INPUT',
          `"${input.directory}" is not a full path. Write it from the root of the disk.`,
        )
      return { jobId: queue.add('dataset-export', `Export ${datasetName} v${number} as ${title}`, input).id }
    },
  }
}
