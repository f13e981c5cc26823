import { randomUUID } from 'node:crypto'
import type { BundleManifest } from '../domain/bundle.ts'

/** An npm package that is in the bundle, whole or as a part of the bundled server. */
export interface BundledPackage {
  name: string
  version: string
  /** An SPDX expression, or what the package says instead. */
  license?: string | undefined
  /** As package-lock.json has it: `sha512-<base64>`. */
  integrity?: string | undefined
}

/** What the bundle holds as CycloneDX 1.6, JSON: https://cyclonedx.org/docs/1.6/json/ */
export function sbom(bundle: Omit<BundleManifest, 'files'>, packages: readonly BundledPackage[]): object {
  const distinct = new Map(packages.map((one) => [`${one.name}@${one.version}`, one]))
  const components = [...distinct]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, one]) => packageComponent(one))
  const subject = {
    type: bundle.kind === 'ocr' ? 'data' : 'machine-learning-model',
    'bom-ref': 'subject',
    name: bundle.kind === 'ocr' ? 'language data' : bundle.name,
    version: String(bundle.version),
    hashes: [{ alg: 'SHA-256', content: bundle.digest }],
  }
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${randomUUID()}`,
    version: 1,
    metadata: {
      timestamp: bundle.created,
      tools: { components: [{ type: 'application', name: 'Glyphlab' }] },
      component: {
        type: 'application',
        'bom-ref': 'bundle',
        name: `Glyphlab ${bundle.name}`,
        version: String(bundle.version),
      },
    },
    components: [subject, ...components],
    dependencies: [
      { ref: 'bundle', dependsOn: ['subject', ...components.map((component) => component['bom-ref'])] },
    ],
  }
}

function packageComponent({ name, version, license, integrity }: BundledPackage) {
  const purl = `pkg:npm/${name.replace(/^@/, '%40')}@${encodeURIComponent(version)}`
  const [group, base] = name.startsWith('@') ? name.split('/') : [undefined, name]
  const digest = /^sha512-([\w+/=]+)$/.exec(integrity ?? '')?.[1]
  return {
    type: 'library',
    'bom-ref': purl,
    ...(group === undefined ? {} : { group }),
    name: base,
    version,
    purl,
    ...(license === undefined ? {} : { licenses: [licence(license)] }),
    ...(digest === undefined
      ? {}
      : { hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }] }),
  }
}

function licence(text: string) {
  return /^[\w.()+ -]+$/.test(text) && !text.startsWith('SEE ')
    ? { expression: text }
    : { license: { name: text } }
}
