import type { Job } from '../../../core/contract/index.ts'

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

/** The address of what a job made or works on; null when there is nothing to open. */
export function jobPath(job: Job): string | null {
  const result = job.result ?? {}
  switch (job.kind) {
    case 'ocr':
    case 'pages-export': {
      const pageIds = result['pageIds']
      const first = Array.isArray(pageIds) ? text(pageIds[0]) : null
      return first === null ? null : `/read/${first}`
    }
    case 'pages-compare': {
      const id = text(result['comparisonId'])
      return `/read/compare${id === null ? '' : `/${id}`}`
    }
    case 'dataset-import':
    case 'dataset-transform':
    case 'pages-dataset':
    case 'log-dataset':
    case 'dataset-export': {
      const versionId = text(result['datasetVersionId'])
      return versionId === null ? null : `/data/${versionId}`
    }
    case 'dataset-embedding':
    case 'dataset-predict': {
      const versionId = text(result['datasetVersionId'])
      if (versionId === null) return null
      const mapId = text(result['mapId'])
      return `/data/${versionId}/map${mapId === null ? '' : `?map=${mapId}`}`
    }
    case 'dataset-quality':
    case 'dataset-label-errors': {
      const versionId = text(result['datasetVersionId'])
      return versionId === null ? null : `/data/${versionId}/quality`
    }
    case 'training':
    case 'trial':
      return job.runId === null ? null : `/runs/${job.runId}`
    case 'tuning': {
      const studyId = text(result['studyId'])
      return studyId === null ? '/runs/studies' : `/runs/studies/${studyId}`
    }
    case 'log-import': {
      const name = text(result['name'])
      return name === null ? null : `/serve/logs/${encodeURIComponent(name)}`
    }
    case 'runs-export':
      return '/runs'
    case 'runs-import': {
      const runId = text(result['firstRunId'])
      return result['runs'] === 1 && runId !== null ? `/runs/${runId}` : '/runs'
    }
    case 'model-gates': {
      const [model, alias] = [text(result['model']), text(result['alias'])]
      return model === null || alias === null
        ? null
        : `/models/${encodeURIComponent(model)}/${result['version']}/promote?alias=${encodeURIComponent(alias)}`
    }
    case 'deploy-container': {
      const id = text(result['deployment'])
      return id === null ? '/serve/local' : `/serve/local?id=${encodeURIComponent(id)}`
    }
    case 'backend-install':
      return '/settings'
    case 'deploy-export':
    case 'deploy-verify':
      return job.status === 'succeeded' ? '/serve' : null
  }
}

/** The folder that a job wrote, or null. */
export const jobDirectory = (job: Job): string | null => text(job.result?.['directory'])
