import { dockerCommands, imageTag } from './docker-commands.ts'
import { dockerfile, dockerignore, healthcheck, verify } from './docker-files.ts'
import { dockerReadme } from './docker-readme.ts'
import type { DeployTarget } from './target.ts'

/** A folder that `docker build` makes into an image, with the network off when the packages are vendored. */
export const dockerTarget: DeployTarget = {
  id: 'docker',
  title: 'Docker image',
  description:
    'A folder with a Dockerfile, the server, the model and golden answers that it checks itself against.',
  async write({ writer, bundle, directory, goldenFiles: [sample = ''] }) {
    await writer.write('healthcheck.mjs', healthcheck)
    await writer.write('verify.mjs', verify)
    await writer.write('.dockerignore', dockerignore)
    await writer.write('Dockerfile', dockerfile(bundle))
    await writer.write('README.md', dockerReadme(bundle, imageTag(bundle), sample))
    return dockerCommands(bundle, directory, sample)
  },
}
