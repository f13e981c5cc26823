import type { BundleCommand } from '../../contract/index.ts'
import type { BundleManifest } from '../../domain/bundle.ts'

/** A path as one word of a POSIX shell. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`

/** A tag that Docker takes: `glyphlab-<name>:<version>`, the name in lower-case ASCII. */
export function imageTag({ name, version }: Pick<BundleManifest, 'name' | 'version'>): string {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
    .replace(/-+$/, '')
  return `glyphlab-${slug || 'model'}:${typeof version === 'number' ? version : 'latest'}`
}

/** The commands that build, run and ask the bundle in `directory`, from any directory. `sample`: a golden input. */
export function dockerCommands(
  bundle: Pick<BundleManifest, 'name' | 'version' | 'kind' | 'platform'>,
  directory: string,
  sample: string,
): BundleCommand[] {
  const tag = imageTag(bundle)
  const network = bundle.platform === 'any' ? '' : ' --network none'
  const endpoint = bundle.kind === 'ocr' ? '/v1/ocr' : '/v1/predict'
  return [
    { title: 'Build the image', command: `docker build${network} -t ${tag} ${shellWord(directory)}` },
    {
      title: 'Run it; it checks itself before it is ready',
      command: `docker run --rm -p 8080:8080 --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges ${tag}`,
    },
    {
      title: 'Ask it',
      command: `curl -F ${shellWord(`image=@${directory}/golden/${sample}`)} http://127.0.0.1:8080${endpoint}`,
    },
  ]
}
