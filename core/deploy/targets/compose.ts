import { imageTag, serviceName } from '../names.ts'
import { askCommand } from '../service-facts.ts'
import { auditFolder, keysFile, keysOption, predictionsFolder } from './access-options.ts'
import { blueGreenScript } from './compose/blue-green.ts'
import { caddyfile } from './compose/caddyfile.ts'
import { composeFile } from './compose/compose-file.ts'
import { dashboardFiles } from './compose/grafana.ts'
import { alertRules, prometheusConfig } from './compose/prometheus.ts'
import { shellWord } from './docker-commands.ts'
import type { DeployTarget, TargetContext } from './target.ts'
import { yamlFile } from './yaml.ts'

/** They must be there before the containers are made, which would else make them as root. */
const secretFolders = [
  {
    path: 'secrets/README',
    content: 'keys.json belongs here: glyphlab deploy key --file secrets/keys.json --scope predict\n',
  },
  {
    path: 'monitoring/prometheus/secrets/README',
    content: 'metrics-key belongs here: a key with the scope metrics, and nothing else in the file.\n',
  },
]

const port = { kind: 'integer', min: 1, max: 65_535 } as const

/** Replicas behind a balancer, with Prometheus, Grafana and a second colour to change versions without a gap. */
export const composeTarget: DeployTarget = {
  id: 'compose',
  title: 'Docker Compose',
  description: 'Replicas behind a balancer on one host, with Prometheus, alert rules and Grafana dashboards.',
  needs: ['docker'],
  options: [
    {
      key: 'replicas',
      title: 'Replicas',
      help: 'Containers of the service behind the balancer.',
      kind: 'integer',
      default: 2,
      min: 1,
      max: 64,
    },
    {
      key: 'memory',
      title: 'Memory of a replica (MB)',
      help: 'A container that needs more is ended and started again.',
      kind: 'integer',
      default: 1024,
      min: 256,
      max: 1_048_576,
    },
    { ...port, key: 'port', title: 'Port', help: 'Where the balancer listens.', default: 8080 },
    {
      ...port,
      key: 'prometheusPort',
      title: 'Port of Prometheus',
      help: 'On this host alone (127.0.0.1).',
      default: 9090,
    },
    {
      ...port,
      key: 'grafanaPort',
      title: 'Port of Grafana',
      help: 'On this host alone (127.0.0.1).',
      default: 3000,
    },
    keysOption,
    {
      key: 'predictionLog',
      title: 'Prediction log',
      help: 'Each prediction becomes a line in the volume "predictions", which all replicas share.',
      kind: 'boolean',
      default: false,
    },
  ],
  files: (context) => [
    { path: 'compose.yaml', content: yamlFile('docker compose up --detach', composeFile(context)) },
    { path: 'blue-green.sh', content: blueGreenScript, executable: true },
    { path: 'balancer/Caddyfile', content: caddyfile },
    {
      path: 'balancer/state/README',
      content: 'The balancer asks green while a file "green" is here, and blue otherwise.\n',
    },
    {
      path: 'monitoring/prometheus/prometheus.yml',
      content: yamlFile(
        'What Prometheus asks, and how often',
        prometheusConfig(context.option('keys') === true),
      ),
    },
    {
      path: 'monitoring/prometheus/alerts.yml',
      content: yamlFile(
        'Checked by: promtool check rules',
        alertRules(context.bundle, Number(context.option('memory'))),
      ),
    },
    ...(context.option('keys') === true ? secretFolders : []),
    ...dashboardFiles(context.bundle),
  ],
  commands({ directory, bundle, option, exampleFile }) {
    const file = shellWord(`${directory}/compose.yaml`)
    return [
      { title: 'Start the service with Compose', command: `docker compose -f ${file} up --detach --build` },
      {
        title: 'Ask it through the balancer',
        command: askCommand(
          bundle.kind,
          (prefix) => shellWord(`${prefix}${directory}/${exampleFile}`),
          `http://127.0.0.1:${option('port')}`,
        ),
      },
    ]
  },
  readme: readme,
}

/** What is to be done before it is started. */
function accessReadme({ bundle, option }: Pick<TargetContext, 'bundle' | 'option'>): string {
  const keys = `Before that, make keys: callers need one, and Prometheus too. The file holds digests, and the containers' user must be
able to read it; keys that are added or removed later count within a second.

\`\`\`sh
glyphlab deploy key --file secrets/${keysFile} --scope predict --name me
glyphlab deploy key --file secrets/${keysFile} --scope metrics --name prometheus | head -n 1 > monitoring/prometheus/secrets/metrics-key
chmod a+r secrets/${keysFile} monitoring/prometheus/secrets/metrics-key
curl -H "Authorization: Bearer $KEY" ...
\`\`\`

Every refusal and every admin call is in the audit logs of the replicas, in the volume \`audit\`:
\`docker compose exec blue sh -c 'cat ${auditFolder}/*.jsonl'\`.

### Promote and roll back

With a key of the scope \`admin\`, one call reaches all replicas: the one that the balancer asks saves the policy in the
volume \`traffic\`, the others follow within a second, without a restart. The answer says the \`generation\`; Prometheus shows that of each replica
(\`glyphlab_traffic_generation\`). A canary that one replica finds beyond its bounds goes from all of them. A new image with other versions
starts with its own first version.

\`\`\`sh
curl -H "Authorization: Bearer $ADMIN_KEY" http://127.0.0.1:${option('port')}/v1/admin/traffic
curl -H "Authorization: Bearer $ADMIN_KEY" --json '{"version": "${bundle.version}"}' http://127.0.0.1:${option('port')}/v1/admin/promote
curl -H "Authorization: Bearer $ADMIN_KEY" -X POST http://127.0.0.1:${option('port')}/v1/admin/rollback
\`\`\`

`
  const log = `Each prediction is a line in the volume \`predictions\` (\`${predictionsFolder}\` in a replica). Bring it home:

\`\`\`sh
docker compose cp blue:${predictionsFolder} predictions
glyphlab deploy import-log predictions --name NAME
\`\`\`

`
  return `${option('keys') === true ? keys : ''}${option('predictionLog') === true ? log : ''}`
}

function readme({ bundle, option, exampleFile }: TargetContext): string {
  const build = bundle.platform === 'any' ? '' : ' --network none'
  return `## Run it with Docker Compose

\`\`\`sh
docker build${build} -t ${imageTag(bundle)} .
docker compose up --detach
${askCommand(bundle.kind, (prefix) => `${prefix}${exampleFile}`, `http://127.0.0.1:${option('port')}`)}
\`\`\`

${accessReadme({ bundle, option })}${option('replicas')} replicas of the service (project \`${serviceName(bundle)}\`) stand behind Caddy, which asks another replica
when one does not take a request, or ends while it answers one (if that fits into 1 MB). They reach no network of their own accord. Prometheus asks each replica every 5 s:
http://127.0.0.1:${option('prometheusPort')}/alerts shows the rules of \`monitoring/prometheus/alerts.yml\`,
http://127.0.0.1:${option('grafanaPort')} the dashboard (no login; only this host reaches both).

| Variable | Default | |
|---|---|---|
| \`GLYPHLAB_REPLICAS\` | ${option('replicas')} | replicas of a colour |
| \`GLYPHLAB_PORT\` | ${option('port')} | where the balancer listens |
| \`GLYPHLAB_BLUE_IMAGE\`, \`GLYPHLAB_GREEN_IMAGE\` | ${imageTag(bundle)} | what each colour runs |
| \`GLYPHLAB_PROMETHEUS_PORT\`, \`GLYPHLAB_GRAFANA_PORT\` | ${option('prometheusPort')}, ${option('grafanaPort')} | on 127.0.0.1 |

### Change the version without a gap

\`\`\`sh
export GLYPHLAB_GREEN_IMAGE=${imageTag(bundle).replace(/:.*/, '')}:NEW
./blue-green.sh green    # starts green, waits until it is ready, moves the balancer, then stops blue
./blue-green.sh blue     # back again
./blue-green.sh status
\`\`\`

Nothing moves when the new colour does not become ready. The choice is the
file \`balancer/state/green\`, and lasts.
`
}
