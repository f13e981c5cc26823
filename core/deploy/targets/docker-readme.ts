import { answerSeconds, asksWithRows, predictionPath } from '../../domain/bundle.ts'
import { imageTag } from '../names.ts'
import { answerFields, askCommand, lameDuckSeconds, stopSeconds } from '../service-facts.ts'
import type { TargetContext } from './target.ts'

/** The commands to build, run, try and operate the image. */
export function dockerReadme({ bundle, exampleFile }: TargetContext): string {
  const ocr = bundle.kind === 'ocr'
  const tag = imageTag(bundle)
  const endpoint = predictionPath(bundle.kind)
  const platform = bundle.platform === 'any' ? '' : ` --platform ${bundle.platform}`
  const network =
    bundle.platform === 'any'
      ? `This bundle was exported on a system that is not Linux, so the packages with parts for Linux are not in it: the
image's build installs them with \`npm ci\`, in the versions and with the digests of \`server/package-lock.json\`, and
needs the network for that.`
      : `Everything but the base image is in this folder, for ${bundle.platform}: the build needs no network, and works from any
directory. On another kind of processor, add \`${platform.trim()}\` to \`docker build\` and \`docker run\`.`
  const local = 'http://127.0.0.1:8080'
  const ask = askCommand(bundle.kind, (prefix) => `${prefix}${exampleFile}`, local)
  const otherWays = asksWithRows(bundle.kind)
    ? ''
    : `
curl --data-binary @${exampleFile} -H 'Content-Type: application/octet-stream' ${local}${endpoint}
printf '{"image":"%s"}' "$(base64 < ${exampleFile} | tr -d '\\n')" | curl --json @- ${local}${endpoint}`
  const sameAnswer = {
    ocr: 'text, words and boxes equal',
    'line-recogniser': 'the same text',
    'table-classifier': 'the same label, probabilities within 0.00001',
    'table-regressor': 'the same number within 0.00001',
    'image-classifier': 'the same label, probabilities within 0.00001',
  }[bundle.kind]
  return `## Build the image

\`\`\`sh
docker build${bundle.platform === 'any' ? '' : ' --network none'} -t ${tag} .
\`\`\`

${network} Another base with Node 22: \`--build-arg BASE_IMAGE=...\`. The first stage checks each file against
\`manifest.json\`.

### Run

\`\`\`sh
docker run --rm -p 8080:8080 --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges ${tag}
\`\`\`

The server runs as the user \`node\` and writes nothing. At each start it answers the inputs in \`golden/\` and compares
with the app's own answers (${sameAnswer}). Until then \`/readyz\` says 503; when one differs it names the
input and ends with code 1.

### Ask

\`\`\`sh
${ask}${otherWays}
\`\`\`

The answer holds ${answerFields(bundle.kind)}. A refusal is \`{"error": {"code", "message"}}\`: 400 not ${asksWithRows(bundle.kind) ? 'rows' : 'a picture'}, 413 too large,
429 the queue is full (try again after \`Retry-After\` seconds), 503 not ready, 504 too slow.
Or open http://127.0.0.1:8080/ to try it.

### Operate

| | |
|---|---|
| \`GET /readyz\` | 200 when requests may be sent here |
| \`GET /healthz\` | 200 when the model answers; used by the image's HEALTHCHECK |
| \`GET /livez\` | 200 while the process runs |
| \`GET /metrics\` | for Prometheus: ${ocr ? '`ocr_predictions_total`, `ocr_prediction_duration_seconds`' : '`glyphlab_predictions_total`, `glyphlab_prediction_duration_seconds`'}, queue, process |

Logs are JSON lines on stdout, with the \`X-Request-Id\` of each request. \`docker stop -t ${stopSeconds(bundle.kind, lameDuckSeconds)}\` lets running
requests end; a second SIGTERM ends it at once.

| Variable | Default | |
|---|---|---|
| \`PORT\`, \`HOST\` | 8080, 0.0.0.0 | where it listens |
| \`GLYPHLAB_CONCURRENCY\` | ${ocr ? '1' : '2'} | pictures at the same time |
${ocr ? '' : '| `GLYPHLAB_BATCH`, `GLYPHLAB_BATCH_DELAY_MS` | auto, 0 | pictures of several requests in one call of the model (`auto`: tried at the start; 1: never), and how long one waits for others |\n'}| \`GLYPHLAB_QUEUE\` | ${ocr ? '16' : '64'} | pictures that may wait |
| \`GLYPHLAB_MAX_BODY_BYTES\` | 20000000 | size of a request |
| \`GLYPHLAB_MAX_PIXELS\` | 64000000 | size of a picture |
| \`GLYPHLAB_TIMEOUT_MS\` | ${ocr ? '120000' : '30000'} | longest time for an answer |
| \`GLYPHLAB_MAX_CONNECTIONS\`, \`GLYPHLAB_HEADERS_MS\`, \`GLYPHLAB_REQUEST_MS\`, \`GLYPHLAB_KEEP_ALIVE_MS\` | 15000, 10000, 60000, 5000 | connections at once; how long a client may take for its headers and for a whole request; how long an idle connection is kept |
| \`GLYPHLAB_URL_HOSTS\` | none | hosts from which \`{"url": ...}\` is fetched (\`images.example.com\`, \`*.example.com\`, \`host:8443\`); only those at public addresses, unless \`GLYPHLAB_URL_PRIVATE=true\`; within \`GLYPHLAB_URL_MS\` (5000). The Compose file and the network policy let nothing out: allow it there too |
| \`GLYPHLAB_LISTEN_WHEN_READY\` | false | whether the port stays closed until the server has checked itself |
| \`GLYPHLAB_LAME_DUCK_MS\` | ${lameDuckSeconds * 1000} | how long it goes on accepting when it is stopped, with \`/readyz\` 503 and \`Connection: close\`: longer than a balancer takes to see that |
| \`GLYPHLAB_DRAIN_MS\` | ${answerSeconds(bundle.kind) * 1000} | for running requests after that |

### Audit log

Every refusal (401, 403, 429) and every admin call is a line of the server's log with the message \`audit\`, and with
\`GLYPHLAB_AUDIT_LOG\` set to a folder also a line of \`audit-<host>.jsonl\` there, each with the hash of the one before, so that a
line that was changed or removed shows. Several replicas may share the folder.

### Prediction log

With \`GLYPHLAB_PREDICTION_LOG\` set to a folder that the user \`node\` may write to, each prediction becomes one
JSON line in \`predictions-<host>.jsonl\` there: time, request id, version, outcome, ${ocr ? 'text length' : 'label, probabilities'}, confidence,
latency, size, brightness and contrast of the picture, its digest, and the key's name. Several replicas may share the folder.
\`glyphlab deploy import-log <folder> --name <name>\` brings it home.

\`\`\`sh
install -d -m 0777 predictions
docker run --rm -p 8080:8080 --read-only --tmpfs /tmp -v "$PWD/predictions:/predictions" -e GLYPHLAB_PREDICTION_LOG=/predictions ${tag}
\`\`\`

| Variable | Default | |
|---|---|---|
| \`GLYPHLAB_PREDICTION_LOG\` | none | the folder; without it nothing is written |
| \`GLYPHLAB_PREDICTION_LOG_SAMPLE\` | 1 | share of the predictions, 0 to 1 |
| \`GLYPHLAB_PREDICTION_LOG_FILE_BYTES\` | 50000000 | a larger file is put aside |
| \`GLYPHLAB_PREDICTION_LOG_DAYS\` | 30 | older files and pictures are removed |
| \`GLYPHLAB_PREDICTION_LOG_INPUTS\` | none | pictures to keep: \`none\`, \`low-confidence\`, \`all\` |
| \`GLYPHLAB_PREDICTION_LOG_LOW_CONFIDENCE\` | 0.8 | \`low-confidence\` is below this |
| \`GLYPHLAB_PREDICTION_LOG_INPUT_BYTES\` | 1000000000 | all kept pictures; the oldest go first |
| \`GLYPHLAB_DRIFT_WINDOW\`, \`GLYPHLAB_DRIFT_MINIMUM\` | 1000, 100 | last predictions compared with training, and from how many on \`glyphlab_drift_psi\` speaks |
`
}
