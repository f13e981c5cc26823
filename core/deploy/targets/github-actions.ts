import { serviceName, versionTag } from '../names.ts'
import { probes, servicePort } from '../service-facts.ts'
import { namespaceOf } from './kubernetes/overlays.ts'
import type { DeployTarget, TargetContext } from './target.ts'
import { yamlFile } from './yaml.ts'

/** By commit: a tag can be moved to other code. */
const pinned = {
  'actions/checkout': ['11bd71901bbe5b1630ceea73d27597364c9af683', 'v4.2.2'],
  'actions/setup-node': ['49933ea5288caeca8642d1e84afbd3f7d6820020', 'v4.4.0'],
  'actions/upload-artifact': ['ea165f8d65b6e75b540449e92b4886f43607fa02', 'v4.6.2'],
  'aquasecurity/trivy-action': ['ed142fd0673e97e23eac54620cfb913e5ce36c25', 'v0.36.0'],
  'docker/login-action': ['74a5d142397b4f367a81961eba4e8cd7edddf772', 'v3.4.0'],
  'hadolint/hadolint-action': ['54c9adbab1582c2ef04b2016b760714a4bfde3cf', 'v3.1.0'],
} as const
const action = (name: keyof typeof pinned): string => `${name}@${pinned[name][0]}`

/** Behind each commit the version that it is, as bots that update actions read it. */
const withVersions = (text: string): string =>
  Object.values(pinned).reduce(
    (all, [commit, version]) => all.replaceAll(commit, `${commit} # ${version}`),
    text,
  )

/** A value that GitHub puts in. */
const from = (expression: string): string => `\${{ ${expression} }}`

/** A workflow that checks, builds, tries, scans, pushes and (with Kubernetes) deploys the bundle. */
export const githubActionsTarget: DeployTarget = {
  id: 'github-actions',
  title: 'GitHub Actions',
  description: 'A workflow that checks the bundle, builds it, lets it answer, scans, pushes and deploys it.',
  needs: ['docker'],
  options: [
    {
      key: 'registry',
      title: 'Registry',
      help: 'Its host, for the workflow to push to: ghcr.io',
      kind: 'text',
      default: 'ghcr.io',
      pattern: '[a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?',
    },
  ],
  files: (context) => [
    {
      path: '.github/workflows/ci-cd.yml',
      content: withVersions(
        yamlFile('Actions are pinned by commit; let a bot keep them fresh', workflow(context)),
      ),
    },
  ],
  commands: () => [],
  readme,
}

const runner = { 'runs-on': 'ubuntu-24.04' }
const checkout = { uses: action('actions/checkout'), with: { 'persist-credentials': false } }

function workflow(context: TargetContext): object {
  const { bundle, option } = context
  const name = serviceName(bundle)
  return {
    name: 'ci-cd',
    on: { push: { branches: ['main'] }, pull_request: null, workflow_dispatch: null },
    permissions: { contents: 'read' },
    // With `pipefail`: what fails before a pipe fails the step.
    defaults: { run: { shell: 'bash' } },
    concurrency: { group: `${from('github.workflow')}-${from('github.ref')}`, 'cancel-in-progress': false },
    env: { REGISTRY: option('registry'), IMAGE: name, VERSION: versionTag(bundle) },
    jobs: {
      verify: {
        ...runner,
        'timeout-minutes': 10,
        steps: [
          checkout,
          { uses: action('actions/setup-node'), with: { 'node-version': '22' } },
          {
            name: 'Every file is what was exported and signed',
            env: { FINGERPRINT: from('vars.GLYPHLAB_FINGERPRINT') },
            run: 'if [ -n "$FINGERPRINT" ]; then node verify.mjs --fingerprint "$FINGERPRINT"; else node verify.mjs; fi',
          },
          {
            uses: action('hadolint/hadolint-action'),
            with: { dockerfile: 'Dockerfile', 'failure-threshold': 'warning' },
          },
        ],
      },
      image: {
        ...runner,
        needs: 'verify',
        'timeout-minutes': 30,
        permissions: { contents: 'read', packages: 'write' },
        outputs: { reference: from('steps.push.outputs.reference') },
        steps: [
          checkout,
          { uses: action('actions/setup-node'), with: { 'node-version': '22' } },
          {
            name: 'Build',
            run: `docker build${bundle.platform === 'any' ? '' : ' --network none'} --tag "$IMAGE:$VERSION" .`,
          },
          { name: 'It gives its golden answers', run: goldenRun },
          {
            name: 'It bears some load',
            run: 'node load-test.mjs http://127.0.0.1:8080 --connections 4 --seconds 10 --json | tee load-test.json',
          },
          {
            name: 'Known vulnerabilities',
            uses: action('aquasecurity/trivy-action'),
            with: {
              'image-ref': `${from('env.IMAGE')}:${from('env.VERSION')}`,
              severity: 'CRITICAL,HIGH',
              'ignore-unfixed': true,
              'exit-code': '1',
            },
          },
          {
            uses: action('actions/upload-artifact'),
            if: 'always()',
            with: { name: 'reports', path: 'load-test.json\nsbom.cdx.json\n', 'if-no-files-found': 'warn' },
          },
          {
            uses: action('docker/login-action'),
            if: "github.ref == 'refs/heads/main'",
            with: {
              registry: from('env.REGISTRY'),
              username: from('github.actor'),
              password: from('secrets.GITHUB_TOKEN'),
            },
          },
          {
            id: 'push',
            name: 'Push',
            if: "github.ref == 'refs/heads/main'",
            env: { OWNER: from('github.repository_owner') },
            run: pushRun,
          },
        ],
      },
      ...(context.has('kubernetes') ? deployJobs(context) : {}),
    },
  }
}

const goldenRun = `docker run --detach --name service --publish 127.0.0.1:8080:${servicePort} \\
  --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges "$IMAGE:$VERSION"
for _ in $(seq 120); do
  if curl --fail --silent http://127.0.0.1:8080${probes.ready}; then exit 0; fi
  if [ "$(docker inspect --format '{{.State.Running}}' service)" != true ]; then break; fi
  sleep 1
done
docker logs service
exit 1
`

const pushRun = `repository="$REGISTRY/$(echo "$OWNER" | tr '[:upper:]' '[:lower:]')/$IMAGE"
docker tag "$IMAGE:$VERSION" "$repository:$VERSION"
docker push "$repository:$VERSION"
echo "reference=$(docker inspect --format '{{index .RepoDigests 0}}' "$repository:$VERSION")" >> "$GITHUB_OUTPUT"
`

function deployJobs(context: TargetContext): object {
  const name = serviceName(context.bundle)
  const job = (overlay: 'staging' | 'production', needs: string[]) => ({
    ...runner,
    needs,
    if: "github.ref == 'refs/heads/main'",
    'timeout-minutes': 20,
    // Production's reviewers are set in the repository's settings.
    environment: overlay,
    steps: [
      checkout,
      {
        name: `Deploy to ${overlay}`,
        env: {
          CLUSTER_ACCESS: from('secrets.KUBE_CONFIG'),
          REFERENCE: from('needs.image.outputs.reference'),
        },
        run: `umask 077
echo "$CLUSTER_ACCESS" > "$RUNNER_TEMP/kubeconfig"
export KUBECONFIG="$RUNNER_TEMP/kubeconfig"
kubectl kustomize kubernetes/overlays/${overlay} \\
  | sed "s|image: .*/$IMAGE:$VERSION\\$|image: $REFERENCE|" \\
  | kubectl apply -f -
if ! kubectl --namespace ${namespaceOf(context, overlay)} rollout status deployment/${name} --timeout 5m; then
  kubectl --namespace ${namespaceOf(context, overlay)} rollout undo deployment/${name}
  exit 1
fi
`,
      },
    ],
  })
  return { staging: job('staging', ['image']), production: job('production', ['image', 'staging']) }
}

function readme(context: TargetContext): string {
  const deploys = context.has('kubernetes')
    ? `

On \`main\` it then applies \`kubernetes/overlays/staging\` and, when a reviewer of the environment \`production\` agrees,
\`kubernetes/overlays/production\`, with the image by its digest; a rollout that does not become ready is undone. Each
environment needs the secret \`KUBE_CONFIG\`.`
    : ''
  return `## Build it with GitHub Actions

Push this folder as the root of a repository:

\`\`\`sh
git init --initial-branch main && git add . && git commit -m "Version ${context.bundle.version}"
git remote add origin git@github.com:OWNER/REPOSITORY.git && git push -u origin main
\`\`\`

\`.github/workflows/ci-cd.yml\` checks the files and their signature (set the variable \`GLYPHLAB_FINGERPRINT\` to the
fingerprint above), builds the image, waits until it has given its golden answers, measures it, scans it for known
vulnerabilities and, on \`main\`, pushes it to ${context.option('registry')}.${deploys}
`
}
