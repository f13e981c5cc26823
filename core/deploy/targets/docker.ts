import { dockerCommands } from './docker-commands.ts'
import { dockerfile, dockerignore } from './docker-files.ts'
import { dockerReadme } from './docker-readme.ts'
import type { DeployTarget } from './target.ts'

/** A folder that `docker build` makes into an image, with the network off when the packages are vendored. */
export const dockerTarget: DeployTarget = {
  id: 'docker',
  title: 'Docker image',
  description:
    'A folder with a Dockerfile, the server, the model and golden answers that it checks itself against.',
  options: [],
  needs: [],
  files: ({ bundle }) => [
    { path: '.dockerignore', content: dockerignore },
    { path: 'Dockerfile', content: dockerfile(bundle) },
  ],
  commands: ({ bundle, directory, exampleFile }) => dockerCommands(bundle, directory, exampleFile),
  readme: dockerReadme,
}
