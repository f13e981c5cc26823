import { imageTag, serviceName, versionTag } from '../names.ts'
import { serviceUser } from '../service-facts.ts'
import { keysFile, keysOption, predictionsFolder, trafficFolder } from './access-options.ts'
import { shellWord } from './docker-commands.ts'
import { baseFiles } from './kubernetes/base.ts'
import { overlayFiles } from './kubernetes/overlays.ts'
import type { DeployTarget, TargetContext } from './target.ts'

/** A kustomize base with overlays for staging, production and a canary beside production. */
export const kubernetesTarget: DeployTarget = {
  id: 'kubernetes',
  title: 'Kubernetes',
  description: 'A kustomize base with overlays for staging, production and a canary beside production.',
  needs: ['docker'],
  options: [
    {
      key: 'registry',
      title: 'Registry',
      help: 'Where the cluster gets the image from, with its folder: registry.example.com/team',
      kind: 'text',
      default: 'registry.example.com/glyphlab',
      pattern: '[a-z0-9][a-z0-9._-]*(:[0-9]{1,5})?(/[a-z0-9][a-z0-9._-]*)*',
    },
    {
      key: 'host',
      title: 'Host name',
      help: 'The address of the service, as in read.example.com; staging is at staging.read.example.com.',
      kind: 'text',
      default: 'glyphlab.example.com',
      pattern: '[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*',
    },
    {
      key: 'minReplicas',
      title: 'Replicas, at least',
      help: 'In production.',
      kind: 'integer',
      default: 2,
      min: 1,
      max: 100,
    },
    {
      key: 'maxReplicas',
      title: 'Replicas, at most',
      help: 'In production, under load.',
      kind: 'integer',
      default: 6,
      min: 1,
      max: 1000,
    },
    {
      key: 'canaryWeight',
      title: 'Canary (%)',
      help: 'Part of the requests that the canary gets.',
      kind: 'integer',
      default: 10,
      min: 0,
      max: 100,
    },
    keysOption,
    {
      key: 'predictionLog',
      title: 'Prediction log',
      help: 'none; pod: in each pod, gone with it; volume: one volume that all pods write to (ReadWriteMany).',
      kind: 'choice',
      choices: ['none', 'pod', 'volume'],
      default: 'none',
    },
    {
      key: 'trafficVolume',
      title: 'Volume for the traffic policy',
      help: 'One volume that all pods write to (ReadWriteMany), so that a promotion by an admin key reaches each of them.',
      kind: 'boolean',
      default: false,
    },
  ],
  files: (context) => [...baseFiles(context), ...overlayFiles(context)],
  commands: ({ bundle, directory, option }) => [
    {
      title: 'Push the image for Kubernetes',
      command: `docker tag ${imageTag(bundle)} ${option('registry')}/${imageTag(bundle)} && docker push ${option('registry')}/${imageTag(bundle)}`,
    },
    {
      title: 'Apply it to the cluster',
      command: `kubectl apply -k ${shellWord(`${directory}/kubernetes/overlays/production`)}`,
    },
  ],
  readme,
}

function accessReadme({ bundle, option }: Pick<TargetContext, 'bundle' | 'option'>): string {
  const name = serviceName(bundle)
  const keys = `### API keys

Callers need one, and so does who scrapes \`/metrics\` (scope \`metrics\`). The pods wait for this Secret; when it changes, the new
keys count without a restart.

\`\`\`sh
glyphlab deploy key --file ${keysFile} --scope predict --name me
kubectl -n ${name} create secret generic ${name}-keys --from-file=${keysFile} --dry-run=client -o yaml | kubectl apply -f -
\`\`\`

Every refusal and every admin call is a line of the pods' logs with the message \`audit\`; what collects those keeps them.

`
  const log = `### Prediction log

Each prediction is a line in \`${predictionsFolder}\` of ${option('predictionLog') === 'pod' ? 'its pod, and gone with the pod' : `the volume claim \`${name}-predictions\``}. Bring it home:

\`\`\`sh
kubectl -n ${name} cp POD:${predictionsFolder} predictions
glyphlab deploy import-log predictions --name NAME
\`\`\`

`
  const shared = `Set it with \`PUT /v1/admin/traffic\`, \`POST /v1/admin/promote\` and \`POST /v1/admin/rollback\` and a key of the scope \`admin\`: the pod that is
asked saves the policy in the volume claim \`${name}-traffic\` (\`${trafficFolder}\`), the others follow as soon as the volume shows it, without a
restart. The answer says the \`generation\`; \`glyphlab_traffic_generation\` of each pod shows who follows. The audit logs of the pods lie
beside it.
`
  const alone = `An admin call (\`/v1/admin/promote\`) reaches one pod alone and is gone with it: exported with
\`--option kubernetes.trafficVolume=true\`, the pods share the policy in a volume (ReadWriteMany). Where the cluster has none, shares are set
by what is applied: the canary below gets its part from the ingress, a promotion is the image of
\`overlays/production\`, and the pods are replaced one by one without a failed request.
`
  const policy = `### Several versions

${option('trafficVolume') === true ? shared : alone}
`
  const guarded = option('keys') === true
  return `${guarded ? `${keys}${policy}` : ''}${option('predictionLog') === 'none' ? '' : log}`
}

function readme({ bundle, option }: TargetContext): string {
  const name = serviceName(bundle)
  const image = `${option('registry')}/${imageTag(bundle)}`
  return `## Run it on Kubernetes

\`\`\`sh
docker build${bundle.platform === 'any' ? '' : ' --network none'} -t ${image} .
docker push ${image}
kubectl kustomize kubernetes/overlays/production    # what would be applied
kubectl apply -k kubernetes/overlays/staging
kubectl apply -k kubernetes/overlays/production
kubectl -n ${name} rollout status deployment/${name}
\`\`\`

The pods run as user ${serviceUser} with a read-only root and no rights; they may be asked by the ingress controller
(namespace \`ingress-nginx\`) and by Prometheus (namespace \`monitoring\`), and ask nobody. A pod gets requests when it has
answered its golden pictures. From ${option('minReplicas')} to ${option('maxReplicas')} replicas, by load.

${accessReadme({ bundle, option })}### Try a new version on ${option('canaryWeight')} % of the requests

\`\`\`sh
(cd kubernetes/overlays/canary && kustomize edit set image ${name}=${image.replace(/:[^:/]*$/, '')}:NEW)
kubectl apply -k kubernetes/overlays/canary
kubectl delete -k kubernetes/overlays/canary        # away with it
\`\`\`

Go back to the version before: \`kubectl -n ${name} rollout undo deployment/${name}\`. The running version is the label
\`app.kubernetes.io/version\` (now \`${versionTag(bundle)}\`); the whole digest is the annotation \`glyphlab.org/digest\`.
`
}
