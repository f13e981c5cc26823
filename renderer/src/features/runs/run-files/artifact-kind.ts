/** How an artifact is shown. */
export type ArtifactKind = 'picture' | 'audio' | 'table' | 'json' | 'markdown' | 'html' | 'text' | 'other'

const types: Record<string, [kind: ArtifactKind, mediaType: string]> = {
  png: ['picture', 'image/png'],
  jpg: ['picture', 'image/jpeg'],
  jpeg: ['picture', 'image/jpeg'],
  gif: ['picture', 'image/gif'],
  webp: ['picture', 'image/webp'],
  avif: ['picture', 'image/avif'],
  bmp: ['picture', 'image/bmp'],
  svg: ['picture', 'image/svg+xml'],
  wav: ['audio', 'audio/wav'],
  mp3: ['audio', 'audio/mpeg'],
  ogg: ['audio', 'audio/ogg'],
  flac: ['audio', 'audio/flac'],
  m4a: ['audio', 'audio/mp4'],
  csv: ['table', 'text/csv'],
  tsv: ['table', 'text/tab-separated-values'],
  json: ['json', 'application/json'],
  md: ['markdown', 'text/markdown'],
  markdown: ['markdown', 'text/markdown'],
  html: ['html', 'text/html'],
  htm: ['html', 'text/html'],
}

const texts =
  /^(txt|log|ya?ml|py|ts|js|sh|toml|ini|cfg|conf|xml|jsonl|ndjson|r|sql|env|diff|patch|lock|rst|tex)$/i
const textNames = /^(MLmodel|Dockerfile|Makefile|LICENSE|NOTICE|README|requirements|conda)$/i

const extensionOf = (path: string): string => /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? ''

export function kindOf(path: string): ArtifactKind {
  const extension = extensionOf(path)
  const known = types[extension]?.[0]
  if (known) return known
  return texts.test(extension) || textNames.test(path.split('/').at(-1) ?? '') ? 'text' : 'other'
}

export const mediaTypeOf = (path: string): string =>
  types[extensionOf(path)]?.[1] ?? 'application/octet-stream'

/** Rows of a table in text; quotes as RFC 4180 has them. Stops after `atMost` rows. */
export function rowsOf(text: string, separator: ',' | '\t', atMost: number): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let cell = ''
  let quoted = false
  const endRow = () => {
    row.push(cell)
    if (row.length > 1 || cell !== '') rows.push(row)
    row = []
    cell = ''
  }
  for (let at = 0; at < text.length && rows.length < atMost; at += 1) {
    const sign = text[at] ?? ''
    if (quoted) {
      if (sign !== '"') cell += sign
      else if (text[at + 1] === '"') {
        cell += '"'
        at += 1
      } else quoted = false
    } else if (sign === '"' && cell === '') quoted = true
    else if (sign === separator) {
      row.push(cell)
      cell = ''
    } else if (sign === '\n') endRow()
    else if (sign !== '\r') cell += sign
  }
  if (rows.length < atMost) endRow()
  return rows
}

/** A page of its own that can run nothing and load nothing. */
export const lockedPage = (html: string): string =>
  `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:">${html}`
