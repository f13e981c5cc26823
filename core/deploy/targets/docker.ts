import type { BundleManifest } from '../../domain/bundle.ts'
import { dockerfile, dockerignore, healthcheck, verify } from './docker-files.ts'
import { dockerReadme } from './docker-readme.ts'
import type { DeployTarget } from './target.ts'

/** A folder that `docker build` makes into an image, with the network off when the packages are vendored. */
export const dockerTarget: DeployTarget = {
  id: 'docker',
  title: 'Docker image',
  description:
    'A folder with a Dockerfile, the server, the model and golden answers that it checks itself against.',
  async write({ writer, bundle, goldenFiles }) {
    await writer.write('healthcheck.mjs', healthcheck)
    await writer.write('verify.mjs', verify)
    await writer.write('.dockerignore', dockerignore)
    await writer.write('Dockerfile', dockerfile(bundle))
    await writer.write('README.md', dockerReadme(bundle, imageTag(bundle), goldenFiles[0] ?? ''))
  },
}

/** A tag that Docker takes: `glyphlab-<name>:<version>`, the name in lower-case ASCII. */
function imageTag({ name, version }: Pick<BundleManifest, 'name' | 'version'>): string {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
    .replace(/-+$/, '')
  const suffix = typeof version === 'number' ? String(version) : 'latest'
  return `glyphlab-${slug || 'model'}:${suffix}`
}
