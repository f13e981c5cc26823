export { type ExportRequest, exportBundle, writeLocalBundle } from './export-bundle.ts'
export type { BundleSubject } from './subject.ts'
export { deployTargets } from './targets/index.ts'
