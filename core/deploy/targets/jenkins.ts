import { serviceName, versionTag } from '../names.ts'
import { baseImage, probes, servicePort } from '../service-facts.ts'
import { namespaceOf } from './kubernetes/overlays.ts'
import type { DeployTarget, TargetContext } from './target.ts'

/** Images of the tools that the pipeline runs, pinned by version. */
const tools = { hadolint: 'hadolint/hadolint:v2.12.0-debian', trivy: 'aquasec/trivy:0.70.0' }

/** A declarative pipeline with the same stages as the GitHub workflow. */
export const jenkinsTarget: DeployTarget = {
  id: 'jenkins',
  title: 'Jenkins',
  description:
    'A Jenkinsfile that checks the bundle, builds it, lets it answer, scans, pushes and deploys it.',
  needs: ['docker'],
  options: [
    {
      key: 'registry',
      title: 'Registry',
      help: 'Where the pipeline pushes the image to, with its folder: registry.example.com/team',
      kind: 'text',
      default: 'registry.example.com/glyphlab',
      pattern: '[a-z0-9][a-z0-9._-]*(:[0-9]{1,5})?(/[a-z0-9][a-z0-9._-]*)*',
    },
  ],
  files: (context) => [{ path: 'Jenkinsfile', content: jenkinsfile(context) }],
  commands: () => [],
  readme: ({ option, has }) => `## Build it with Jenkins

A pipeline job on a repository with this folder as its root takes the \`Jenkinsfile\`. The agent needs Docker${has('kubernetes') ? ' and kubectl' : ''}. It
checks the files and their signature (set \`GLYPHLAB_FINGERPRINT\` to the fingerprint above), builds, waits for the golden
answers, measures, scans and, on \`main\`, pushes to ${option('registry')}: the credentials \`registry\` (user and
password)${has('kubernetes') ? ' and `kubeconfig` (secret file)' : ''} must exist.
`,
}

function jenkinsfile(context: TargetContext): string {
  const { bundle, option } = context
  const build = bundle.platform === 'any' ? '' : ' --network none'
  const deploy = context.has('kubernetes') ? deployStages(context) : ''
  return `pipeline {
    agent any
    options {
        timeout(time: 60, unit: 'MINUTES')
        disableConcurrentBuilds()
    }
    environment {
        IMAGE = '${serviceName(bundle)}'
        VERSION = '${versionTag(bundle)}'
        REGISTRY = '${option('registry')}'
        SERVICE = "${serviceName(bundle)}-\${BUILD_NUMBER}"
    }
    stages {
        stage('Verify') {
            steps {
                sh '''
                    docker run --rm --network none --volume "$WORKSPACE:/bundle:ro" ${baseImage} \\
                        node /bundle/verify.mjs \${GLYPHLAB_FINGERPRINT:+--fingerprint "$GLYPHLAB_FINGERPRINT"}
                    docker run --rm --interactive --network none ${tools.hadolint} hadolint --failure-threshold warning - < Dockerfile
                '''
            }
        }
        stage('Build') {
            steps {
                sh 'docker build${build} --tag "$IMAGE:$VERSION" .'
            }
        }
        stage('Golden answers') {
            steps {
                sh '''
                    docker run --detach --name "$SERVICE" --read-only --tmpfs /tmp --cap-drop ALL \\
                        --security-opt no-new-privileges "$IMAGE:$VERSION"
                    for _ in $(seq 120); do
                        state=$(docker inspect --format '{{.State.Running}} {{.State.Health.Status}}' "$SERVICE")
                        [ "$state" = 'true healthy' ] && exit 0
                        [ "\${state%% *}" = true ] || break
                        sleep 1
                    done
                    docker logs "$SERVICE"
                    exit 1
                '''
                sh '''
                    docker exec "$SERVICE" node -e 'fetch("http://127.0.0.1:${servicePort}${probes.ready}").then((r) => process.exit(r.ok ? 0 : 1))'
                    docker run --rm --network "container:$SERVICE" --volume "$WORKSPACE:/bundle:ro" ${baseImage} \\
                        node /bundle/load-test.mjs --connections 4 --seconds 10 --json > load-test.json
                '''
            }
        }
        stage('Scan') {
            steps {
                sh '''
                    docker run --rm --volume /var/run/docker.sock:/var/run/docker.sock ${tools.trivy} image \\
                        --severity CRITICAL,HIGH --ignore-unfixed --exit-code 1 "$IMAGE:$VERSION"
                '''
            }
        }
        stage('Push') {
            when { branch 'main' }
            steps {
                withCredentials([usernamePassword(credentialsId: 'registry', usernameVariable: 'REGISTRY_USER', passwordVariable: 'REGISTRY_PASSWORD')]) {
                    sh '''
                        echo "$REGISTRY_PASSWORD" | docker login --username "$REGISTRY_USER" --password-stdin "\${REGISTRY%%/*}"
                        docker tag "$IMAGE:$VERSION" "$REGISTRY/$IMAGE:$VERSION"
                        docker push "$REGISTRY/$IMAGE:$VERSION"
                        docker logout "\${REGISTRY%%/*}"
                    '''
                }
            }
        }
${deploy}    }
    post {
        always {
            sh 'docker rm --force "$SERVICE" || true'
            archiveArtifacts artifacts: 'load-test.json, sbom.cdx.json', allowEmptyArchive: true
        }
    }
}
`
}

function deployStages(context: TargetContext): string {
  const name = serviceName(context.bundle)
  const stage = (
    title: string,
    overlay: 'staging' | 'production',
    ask: string,
  ) => `        stage('${title}') {
            when {
                branch 'main'
            }
${ask}            steps {
                withCredentials([file(credentialsId: 'kubeconfig', variable: 'KUBECONFIG')]) {
                    sh '''
                        reference=$(docker inspect --format '{{index .RepoDigests 0}}' "$REGISTRY/$IMAGE:$VERSION")
                        kubectl kustomize kubernetes/overlays/${overlay} > rendered.yaml
                        sed "s|image: .*/$IMAGE:$VERSION\\$|image: $reference|" rendered.yaml | kubectl apply -f -
                        kubectl --namespace ${namespaceOf(context, overlay)} rollout status deployment/${name} --timeout 5m \\
                            || { kubectl --namespace ${namespaceOf(context, overlay)} rollout undo deployment/${name}; exit 1; }
                    '''
                }
            }
        }
`
  const ask = `            input {
                message 'Deploy to production?'
            }
`
  return stage('Staging', 'staging', '') + stage('Production', 'production', ask)
}
