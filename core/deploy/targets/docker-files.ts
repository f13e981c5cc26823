import type { BundleManifest } from '../../domain/bundle.ts'

export const dockerignore = 'Dockerfile\n.dockerignore\nREADME.md\n'

/**
 * Two stages: the first checks the files' digests and settles their permissions (and installs the packages when none
 * are vendored), the second holds nothing but the base and the result. No directive needs BuildKit or the network.
 */
export function dockerfile(bundle: Omit<BundleManifest, 'files'>): string {
  const install =
    bundle.platform === 'any'
      ? `# This bundle was exported where the packages' parts for Linux were not at hand: they are installed here.
RUN cd server && npm ci --omit=dev --ignore-scripts --no-audit --no-fund${withoutForeignBinaries(bundle)}
`
      : ''
  const label = (key: string, value: string) => `LABEL ${key}=${quoted(value)}`
  return `ARG BASE_IMAGE=node:22-bookworm-slim

FROM \${BASE_IMAGE} AS payload
WORKDIR /app
COPY . .
RUN ["node", "verify.mjs", "--image"]
${install}RUN chmod -R a+rX,go-w .

FROM \${BASE_IMAGE}
${[
  label('org.opencontainers.image.title', `Glyphlab ${bundle.name}`),
  label('org.opencontainers.image.version', String(bundle.version)),
  label('org.opencontainers.image.created', bundle.created),
  label('org.glyphlab.kind', bundle.kind),
  label('org.glyphlab.model', bundle.name),
  label('org.glyphlab.version', String(bundle.version)),
  label('org.glyphlab.digest', bundle.digest),
  label('org.glyphlab.platform', bundle.platform),
].join('\n')}
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080
WORKDIR /app
COPY --from=payload /app /app
USER node
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "/app/healthcheck.mjs"]
CMD ["node", "/app/server/server-main.js"]
`
}

/** onnxruntime-node holds the binaries of every system, 290 MB. */
function withoutForeignBinaries({ engine, versions = [] }: Omit<BundleManifest, 'files'>): string {
  const needed = [engine, ...versions.map((version) => version.engine)].includes('onnxruntime')
  return needed
    ? ' && find node_modules/onnxruntime-node/bin -mindepth 2 -maxdepth 2 ! -name linux -exec rm -r {} +'
    : ''
}

/** As a Dockerfile reads it: variables are not expanded. */
function quoted(value: string): string {
  return `"${value.replace(/[\\"$]/g, '\\$&')}"`
}

/** Asks the server whether it can answer; the base image has no curl. */
export const healthcheck = `import { get } from 'node:http'

const port = process.env.PORT || 8080
const host = !process.env.HOST || process.env.HOST === '0.0.0.0' || process.env.HOST === '::' ? '127.0.0.1' : process.env.HOST
const request = get({ host, port, path: '/healthz', timeout: 4000 }, (response) => {
  response.pipe(process.stdout)
  response.on('end', () => process.exit(response.statusCode === 200 ? 0 : 1))
})
request.on('timeout', () => request.destroy(new Error('no answer within 4 s')))
request.on('error', (error) => {
  console.error(error.message)
  process.exit(1)
})
`

/** Compares every file with manifest.json. In the image's build it also looks at the platform. */
export const verify = `import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = import.meta.dirname
const inImage = process.argv.includes('--image')
const manifest = JSON.parse(readFileSync(join(root, 'manifest.json'), 'utf8'))
const problems = []

// The image leaves these out, and the server checks the golden answers by answering them.
const skipped = (path) => inImage && (['Dockerfile', '.dockerignore', 'README.md'].includes(path) || path.startsWith('golden/'))

for (const { path, sha256 } of manifest.files) {
  if (skipped(path)) continue
  try {
    const found = createHash('sha256').update(readFileSync(join(root, path))).digest('hex')
    if (found !== sha256) problems.push(path + ': changed since the export')
  } catch (error) {
    problems.push(path + ': can not be read (' + error.code + ')')
  }
}

const here = process.platform + '/' + (process.arch === 'x64' ? 'amd64' : process.arch)
if (inImage && manifest.platform !== 'any' && manifest.platform !== here) {
  problems.push('the packages in this bundle run on ' + manifest.platform + ', and this is ' + here + ': build with --platform ' + manifest.platform)
}

for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exit(1)
console.log(manifest.files.filter(({ path }) => !skipped(path)).length + ' files are as they were exported')
`
