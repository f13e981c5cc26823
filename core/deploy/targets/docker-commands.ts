import type { BundleCommand } from '../../contract/index.ts'
import type { BundleManifest } from '../../domain/bundle.ts'
import { imageTag } from '../names.ts'
import { askCommand, servicePort } from '../service-facts.ts'

/** A path as one word of a POSIX shell. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`

/** Arguments of `docker build` for a bundle: with the network off where all that it needs is vendored. */
export const buildArguments = (
  { platform }: Pick<BundleManifest, 'platform'>,
  tag: string,
  directory: string,
): string[] => ['build', ...(platform === 'any' ? [] : ['--network', 'none']), ...['-t', tag, directory]]

/** Arguments of `docker run` that leave a bundle's container as few rights as it needs. */
export const confinement = [
  '--read-only',
  '--tmpfs',
  '/tmp',
  '--cap-drop',
  'ALL',
  '--security-opt',
  'no-new-privileges',
]

/** The commands that build, run and ask the bundle in `directory`, from any directory. `example`: an input, from the bundle's root. */
export function dockerCommands(
  bundle: Pick<BundleManifest, 'name' | 'version' | 'digest' | 'kind' | 'platform'>,
  directory: string,
  example: string,
): BundleCommand[] {
  const tag = imageTag(bundle)
  return [
    {
      title: 'Build the image',
      command: ['docker', ...buildArguments(bundle, tag, directory)].map(shellWord).join(' '),
    },
    {
      title: 'Run it; it checks itself before it is ready',
      command: `docker run --rm -p ${servicePort}:${servicePort} ${confinement.join(' ')} ${tag}`,
    },
    {
      title: 'Ask it',
      command: askCommand(
        bundle.kind,
        (prefix) => shellWord(`${prefix}${directory}/${example}`),
        `http://127.0.0.1:${servicePort}`,
      ),
    },
  ]
}
