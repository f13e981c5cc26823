import { serviceName } from '../names.ts'
import { shellWord } from './docker-commands.ts'
import { namespaceOf } from './kubernetes/overlays.ts'
import type { BundleFile, DeployTarget, TargetContext } from './target.ts'
import { yamlFile } from './yaml.ts'

/** Argo CD keeps the cluster as the bundle's repository says. */
export const argocdTarget: DeployTarget = {
  id: 'argocd',
  title: 'Argo CD',
  description: 'Applications with which Argo CD keeps staging and production as the repository says.',
  needs: ['kubernetes'],
  options: [
    {
      key: 'repository',
      title: 'Repository',
      help: 'The Git repository that this folder is pushed to: https://git.example.com/team/service.git',
      kind: 'text',
      default: 'https://git.example.com/glyphlab/service.git',
      pattern: '(https://|ssh://|git@)[^\\s\'"]+',
    },
    {
      key: 'revision',
      title: 'Branch',
      help: 'The branch, tag or commit that is followed.',
      kind: 'text',
      default: 'main',
      pattern: '[\\w./-]+',
    },
  ],
  files: (context) => (['staging', 'production'] as const).map((overlay) => application(context, overlay)),
  commands: ({ directory }) => [
    {
      title: 'Hand it to Argo CD',
      command: `kubectl apply -f ${shellWord(`${directory}/argocd/production.yaml`)}`,
    },
  ],
  readme,
}

function application(context: TargetContext, overlay: 'staging' | 'production'): BundleFile {
  const name = `${serviceName(context.bundle)}-${overlay}`
  const production = overlay === 'production'
  const value = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      name,
      namespace: 'argocd',
      labels: { 'app.kubernetes.io/part-of': 'glyphlab' },
      finalizers: ['resources-finalizer.argocd.argoproj.io'],
    },
    spec: {
      project: 'default',
      source: {
        repoURL: context.option('repository'),
        targetRevision: context.option('revision'),
        path: `kubernetes/overlays/${overlay}`,
      },
      destination: { server: 'https://kubernetes.default.svc', namespace: namespaceOf(context, overlay) },
      syncPolicy: {
        // A person starts what reaches production.
        ...(production ? {} : { automated: { prune: true, selfHeal: true } }),
        syncOptions: ['CreateNamespace=false', 'ServerSideApply=true'],
        retry: { limit: 5, backoff: { duration: '5s', factor: 2, maxDuration: '3m' } },
      },
    },
  }
  return {
    path: `argocd/${overlay}.yaml`,
    content: yamlFile(`kubectl apply -f argocd/${overlay}.yaml`, value),
  }
}

function readme({ bundle, option }: TargetContext): string {
  return `## Keep it running with Argo CD

Push this folder to ${option('repository')} (branch ${option('revision')}), and the image to the registry. Then:

\`\`\`sh
kubectl apply -f argocd/staging.yaml -f argocd/production.yaml
argocd app sync ${serviceName(bundle)}-production
\`\`\`

Staging follows the branch by itself; production waits for the second command.
`
}
