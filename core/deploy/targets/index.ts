import { GlyphlabError } from '../../contract/index.ts'
import { dockerTarget } from './docker.ts'
import type { DeployTarget } from './target.ts'

export const deployTargets: readonly DeployTarget[] = [dockerTarget]

/** @throws GlyphlabError NOT_FOUND, with the targets that there are */
export function deployTargetById(id: string): DeployTarget {
  const target = deployTargets.find((candidate) => candidate.id === id)
  if (target) return target
  const known = deployTargets.map((candidate) => candidate.id).join(', ')
  throw new GlyphlabError('NOT_FOUND', `There is no deploy target "${id}". Choose one of: ${known}.`)
}
