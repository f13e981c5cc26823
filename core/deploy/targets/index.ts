import { GlyphlabError } from '../../contract/index.ts'
import { argocdTarget } from './argocd.ts'
import { composeTarget } from './compose.ts'
import { dockerTarget } from './docker.ts'
import { githubActionsTarget } from './github-actions.ts'
import { jenkinsTarget } from './jenkins.ts'
import { kubernetesTarget } from './kubernetes.ts'
import type { DeployTarget } from './target.ts'

/** Each stands after those that it needs. */
export const deployTargets: readonly DeployTarget[] = [
  dockerTarget,
  composeTarget,
  kubernetesTarget,
  argocdTarget,
  githubActionsTarget,
  jenkinsTarget,
]

/**
 * The targets with these ids and those that they need, in the order in which they build on each other.
 * @throws GlyphlabError NOT_FOUND, with the targets that there are
 */
export function chooseTargets(ids: readonly string[]): DeployTarget[] {
  const wanted = new Set<string>()
  const add = (id: string): void => {
    const target = deployTargets.find((candidate) => candidate.id === id)
    if (!target) {
      const known = deployTargets.map((candidate) => candidate.id).join(', ')
      throw new GlyphlabError('NOT_FOUND', `There is no deploy target "${id}". Choose among: ${known}.`)
    }
    wanted.add(id)
    for (const needed of target.needs) add(needed)
  }
  for (const id of ids) add(id)
  return deployTargets.filter(({ id }) => wanted.has(id))
}
