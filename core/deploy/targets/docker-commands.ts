import type { BundleCommand } from '../../contract/index.ts'
import type { BundleManifest } from '../../domain/bundle.ts'
import { imageTag } from '../names.ts'
import { askCommand, servicePort } from '../service-facts.ts'

/** A path as one word of a POSIX shell. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`

/** The commands that build, run and ask the bundle in `directory`, from any directory. `sample`: a golden input. */
export function dockerCommands(
  bundle: Pick<BundleManifest, 'name' | 'version' | 'digest' | 'kind' | 'platform'>,
  directory: string,
  sample: string,
): BundleCommand[] {
  const tag = imageTag(bundle)
  const network = bundle.platform === 'any' ? '' : ' --network none'
  return [
    { title: 'Build the image', command: `docker build${network} -t ${tag} ${shellWord(directory)}` },
    {
      title: 'Run it; it checks itself before it is ready',
      command: `docker run --rm -p ${servicePort}:${servicePort} --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges ${tag}`,
    },
    {
      title: 'Ask it',
      command: askCommand(
        bundle.kind,
        (prefix) => shellWord(`${prefix}${directory}/golden/${sample}`),
        `http://127.0.0.1:${servicePort}`,
      ),
    },
  ]
}
