import type { OptionField } from '../../contract/index.ts'

/** Where the key file, the prediction log, the audit log and the traffic policy lie in a container. */
export const keysFolder = '/run/glyphlab'
export const keysFile = 'keys.json'
export const predictionsFolder = '/predictions'
export const auditFolder = '/audit'
export const trafficFolder = '/traffic'

export const keysOption: OptionField = {
  key: 'keys',
  title: 'Callers need an API key',
  help: 'The keys are made with "glyphlab deploy key"; the README says where their file belongs.',
  kind: 'boolean',
  default: false,
}
