export interface ExportedBundle {
  directory: string
  target: string
  reference: string
  name: string
  version: string | number
  digest: string
  totalBytes: number | null
}

/** What a finished export says of its bundle; null when it says nothing that can be shown. */
export function bundleOf(result: Record<string, unknown> | null): ExportedBundle | null {
  if (!result) return null
  const { directory, target, reference, name, version, digest, totalBytes } = result
  if (typeof directory !== 'string') return null
  return {
    directory,
    target: String(target ?? 'docker'),
    reference: String(reference ?? ''),
    name: String(name ?? 'model'),
    version: typeof version === 'number' ? version : String(version ?? ''),
    digest: String(digest ?? ''),
    totalBytes: typeof totalBytes === 'number' ? totalBytes : null,
  }
}

/** A path as one word of a POSIX shell. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`

/** The image's tag, as the bundle's own README names it. */
export function imageTag({ name, version }: Pick<ExportedBundle, 'name' | 'version'>): string {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
    .replace(/-+$/, '')
  return `glyphlab-${slug || 'model'}:${typeof version === 'number' ? version : 'latest'}`
}

/** The commands that build, run and ask a Docker bundle, from any directory. */
export function dockerCommands(bundle: ExportedBundle): { title: string; command: string }[] {
  const tag = imageTag(bundle)
  const endpoint = bundle.reference === 'ocr' ? '/v1/ocr' : '/v1/predict'
  return [
    { title: 'Build the image', command: `docker build -t ${tag} ${shellWord(bundle.directory)}` },
    {
      title: 'Run it; it checks itself before it is ready',
      command: `docker run --rm -p 8080:8080 --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges ${tag}`,
    },
    { title: 'Ask it', command: `curl -F image=@picture.png http://127.0.0.1:8080${endpoint}` },
  ]
}
