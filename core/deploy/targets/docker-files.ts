import type { BundleManifest } from '../../domain/bundle.ts'
import { trainingProfileFile } from '../../domain/training-profile.ts'
import { baseImage, lameDuckSeconds, servicePort, serviceUser } from '../service-facts.ts'
import { auditFolder, predictionsFolder, trafficFolder } from './access-options.ts'

/** Only what the image needs goes to the engine: no deploy files, no secrets that were laid beside them. */
const inImage = [
  ...['server', 'model', 'tessdata', 'versions', 'golden', 'healthcheck.mjs', 'verify.mjs', 'manifest.json'],
  ...[
    trainingProfileFile,
    'manifest.json.sig',
    'signing-key.pem',
    'openapi.json',
    'sbom.cdx.json',
    'LICENSE',
    'THIRD-PARTY-NOTICES.md',
  ],
]
export const dockerignore = `*\n${inImage.map((path) => `!${path}\n`).join('')}`

const ownFolders = [predictionsFolder, auditFolder, trafficFolder]

/**
 * Two stages: the first checks the files' digests and settles their permissions (and installs the packages when none
 * are vendored), the second holds nothing but the base and the result. No directive needs BuildKit or the network.
 */
export function dockerfile(bundle: Omit<BundleManifest, 'files'>): string {
  const install =
    bundle.platform === 'any'
      ? `# This bundle was exported where the packages' parts for Linux were not at hand: they are installed here.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --prefix server${withoutForeignBinaries(bundle)}
`
      : ''
  const label = (key: string, value: string) => `LABEL ${key}=${quoted(value)}`
  return `ARG BASE_IMAGE=${baseImage}

FROM \${BASE_IMAGE} AS payload
WORKDIR /app
COPY . .
RUN ["node", "verify.mjs", "--image"]
${install}RUN chmod -R a+rX,go-w . && mkdir ${ownFolders.join(' ')} && chown ${serviceUser}:${serviceUser} ${ownFolders.join(' ')}

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
ENV NODE_ENV=production HOST=0.0.0.0 PORT=${servicePort} GLYPHLAB_LAME_DUCK_MS=${lameDuckSeconds * 1000}
WORKDIR /app
COPY --from=payload /app /app
# A volume that is mounted here gets the right owner.
${ownFolders.map((folder) => `COPY --from=payload --chown=${serviceUser}:${serviceUser} ${folder} ${folder}`).join('\n')}
USER node
EXPOSE ${servicePort}
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "/app/healthcheck.mjs"]
CMD ["node", "/app/server/server-main.js"]
`
}

/** onnxruntime-node holds the binaries of every system, 290 MB. */
function withoutForeignBinaries({ engine, versions = [] }: Omit<BundleManifest, 'files'>): string {
  const needed = [engine, ...versions.map((version) => version.engine)].includes('onnxruntime')
  return needed
    ? ' && find server/node_modules/onnxruntime-node/bin -mindepth 2 -maxdepth 2 ! -name linux -exec rm -r {} +'
    : ''
}

/** As a Dockerfile reads it: variables are not expanded. */
function quoted(value: string): string {
  return `"${value.replace(/[\\"$]/g, '\\$&')}"`
}
