import {
  decodeJson,
  encodeJson,
  errorBody,
  GlyphlabError,
  type ProcedureInput,
  type ProcedureName,
  type ProcedureOutput,
  type thumbnailSizes,
  type UploadReceipt,
} from '../../../core/contract/index.ts'

/** Where the engine answers: the page's own origin, in the desktop shell and in the browser alike. */
const origin = ''

async function readAnswer(response: Response): Promise<unknown> {
  const body = decodeJson(await response.text())
  if (response.ok) return body
  const parsed = errorBody.safeParse((body as { error?: unknown }).error)
  if (parsed.success) throw GlyphlabError.fromBody(parsed.data)
  throw new GlyphlabError(
    'UNAVAILABLE',
    `The engine answered ${response.status}. It is being restarted; try again.`,
  )
}

async function send(path: string, init: RequestInit): Promise<unknown> {
  let response: Response
  try {
    response = await fetch(origin + path, init)
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new GlyphlabError(
      'UNAVAILABLE',
      'The engine does not answer. It is being restarted; try again.',
      undefined,
      { cause },
    )
  }
  try {
    return await readAnswer(response)
  } catch (cause) {
    if (cause instanceof SyntaxError)
      throw new GlyphlabError(
        'UNAVAILABLE',
        `The engine answered ${response.status} without a body that can be read.`,
      )
    throw cause
  }
}

/** Calls one procedure of the contract. @throws GlyphlabError */
export async function call<N extends ProcedureName>(
  name: N,
  input: ProcedureInput<N>,
  options: { signal?: AbortSignal } = {},
): Promise<ProcedureOutput<N>> {
  const init: RequestInit = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: encodeJson(input),
  }
  if (options.signal) init.signal = options.signal
  return (await send(`/rpc/${name}`, init)) as ProcedureOutput<N>
}

/** Sends a file to the engine; several files with the same `into` make a folder. */
export async function upload(file: Blob, path: string, into?: string): Promise<UploadReceipt> {
  const query = new URLSearchParams(into === undefined ? { path } : { path, into })
  // Electron's protocol handler can't read the blob of an empty file.
  const body = file.size === 0 ? null : file
  return (await send(`/uploads?${query}`, { method: 'POST', body })) as UploadReceipt
}

export const blobUrl = (hash: string): string => `/blobs/${hash}`
export const thumbnailUrl = (hash: string, size: (typeof thumbnailSizes)[number]): string =>
  `/thumbnails/${hash}?size=${size}`
