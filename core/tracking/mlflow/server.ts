import fs from 'node:fs'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { readBlob } from '../../blobs/blob-files.ts'
import { checkedPath, filesJson, placeOf } from './artifacts.ts'
import type { MlflowContext } from './context.ts'
import { Fields } from './fields.ts'
import { maxBatchBytes } from './limits.ts'
import { invalid, MlflowError, missing, mlflowErrorOf } from './mlflow-error.ts'
import { routeOf } from './router.ts'

/** The version of MLflow whose API this follows; clients ask for it. */
const apiVersion = '3.17.2'

const maxBodyBytes = 64 * 1024 * 1024
/** Files up to this size are checked against their digest before the first byte is sent. */
const checkedBytes = 64 * 1024 * 1024

const api = /^\/(?:ajax-)?api\/2\.0\/(?:preview\/)?mlflow\/(.+)$/
const artifactApi = /^\/(?:ajax-)?api\/2\.0\/mlflow-artifacts\/artifacts(?:\/(.*))?$/
const serverInfo = /^\/(?:ajax-)?api\/3\.0\/mlflow\/server-info$/
const loopback = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/

const serverFacts = JSON.stringify({
  store_type: 'GlyphlabStore',
  workspaces_enabled: false,
  multipart_uploads_enabled: false,
  multipart_downloads_enabled: false,
})

const welcome = `Glyphlab answers MLflow's REST API here. In Python:

  import mlflow
  mlflow.set_tracking_uri("http://HOST")

There is no password: only programs on this machine can reach this address. The runs are shown in Glyphlab's window.
`

/** Answers MLflow's clients. Pages of other origins and other machines are refused. */
export function mlflowListener(context: MlflowContext): RequestListener {
  return (request, response) => {
    answer(request, response, context).catch((cause: unknown) => fail(response, cause, context))
  }
}

/** A browser sends these with what another page asks of it; Python's client never does. */
function guard({ headers }: IncomingMessage): void {
  const host = headers.host ?? ''
  const foreign =
    !loopback.test(host) ||
    (headers.origin !== undefined && headers.origin !== `http://${host}`) ||
    headers['sec-fetch-site'] === 'cross-site'
  if (foreign)
    throw new MlflowError(
      'PERMISSION_DENIED',
      'Only programs on this machine may use this address, and no page of another site.',
    )
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  context: MlflowContext,
): Promise<void> {
  guard(request)
  // Not as a relative address: `//models` would be taken for a host. Clients double slashes now and then.
  const url = new URL(`http://localhost${(request.url ?? '/').replace(/^\/+/, '/')}`)
  const method = request.method ?? 'GET'
  const artifact = artifactApi.exec(url.pathname)
  if (artifact) {
    const path = decodeURIComponent(artifact[1] ?? '')
    return artifact[1] === undefined && method === 'GET'
      ? listFiles(response, context, url.searchParams.get('path') ?? '')
      : answerFile(request, response, context, method, path)
  }
  if (url.pathname === '/get-artifact')
    return answerRunFile(response, context, Fields.ofQuery(url.searchParams))
  const wanted = api.exec(url.pathname)
  if (!wanted) {
    answerOther(response, url.pathname, request.headers.host ?? '')
    return
  }
  const route = routeOf(method, wanted[1] ?? '')
  if (!route) throw notServed(method, url.pathname)
  const fields =
    method === 'GET'
      ? Fields.ofQuery(url.searchParams)
      : Fields.ofBody(await bodyOf(request, wanted[1] ?? ''))
  const result = route.handler(fields, context, route.place)
  sendJson(response, 200, typeof result === 'string' ? result : JSON.stringify(result))
}

const notServed = (method: string, path: string): MlflowError =>
  new MlflowError(
    'ENDPOINT_NOT_FOUND',
    `Glyphlab does not serve ${method} ${path}. It serves experiments, runs, metrics, artifacts, logged models and the model registry.`,
  )

function answerOther(response: ServerResponse, path: string, host: string): void {
  if (path === '/health') sendText(response, 'OK')
  else if (path === '/version') sendText(response, apiVersion)
  else if (path === '/') sendText(response, welcome.replace('HOST', host))
  else if (serverInfo.test(path)) sendJson(response, 200, serverFacts)
  else throw notServed('', path)
}

async function bodyOf(request: IncomingMessage, path: string): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBodyBytes) throw invalid(`A request may have at most ${maxBodyBytes} bytes.`)
    chunks.push(chunk)
  }
  if (path === 'runs/log-batch' && bytes > maxBatchBytes)
    throw invalid(
      `Batched logging API requests must be at most ${maxBatchBytes} bytes, got a request of size ${bytes}.`,
    )
  return Buffer.concat(chunks).toString('utf8')
}

function listFiles(response: ServerResponse, context: MlflowContext, path: string): void {
  const { store, owner, path: folder } = placeOf(context, path)
  sendJson(response, 200, JSON.stringify({ files: filesJson(store, owner, folder, folder) }))
}

/** What links to a run's file ask for. */
async function answerRunFile(
  response: ServerResponse,
  context: MlflowContext,
  fields: Fields,
): Promise<void> {
  const path = checkedPath(fields.required('path'))
  const uid = fields.optional('run_id') || fields.required('run_uuid')
  const { store, owner } = placeOf(context, `${uid}/artifacts`)
  await sendFile(response, context, store.find(owner, path), path)
}

async function answerFile(
  request: IncomingMessage,
  response: ServerResponse,
  context: MlflowContext,
  method: string,
  wanted: string,
): Promise<void> {
  const place = placeOf(context, wanted)
  if (method === 'GET') return sendFile(response, context, place.store.find(place.owner, place.path), wanted)
  if (method === 'DELETE') {
    place.store.remove(place.owner, place.path)
  } else if (method === 'PUT') {
    if (place.path === '') throw invalid('Invalid path')
    const stored = await context.blobs.addStream(request as AsyncIterable<Buffer>)
    place.store.put(place.owner, place.path, stored.id)
  } else throw notServed(method, wanted)
  if (place.runId !== null) context.runChanged(place.runId)
  sendJson(response, 200, '{}')
}

async function sendFile(
  response: ServerResponse,
  { blobs }: MlflowContext,
  file: { hash: string; bytes: number } | undefined,
  wanted: string,
): Promise<void> {
  const location = file && blobs.locate(file.hash)
  if (!file || !location) throw missing(`No such artifact: '${wanted}'`)
  const headers = {
    'content-type': 'application/octet-stream',
    'content-length': file.bytes,
    'content-disposition': 'attachment',
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
  }
  if (file.bytes <= checkedBytes) {
    const content = await readBlob(location, file.hash)
    response.writeHead(200, headers).end(content)
    return
  }
  response.writeHead(200, headers)
  const { offset, length } = location
  await pipeline(fs.createReadStream(location.file, { start: offset, end: offset + length - 1 }), response)
}

function sendText(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(text)
}

function sendJson(response: ServerResponse, status: number, json: string): void {
  const body = Buffer.from(json)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
}

function fail(response: ServerResponse, cause: unknown, context: MlflowContext): void {
  const known = mlflowErrorOf(cause)
  if (!known) context.logError('an MLflow client was not answered', cause)
  if (response.headersSent) {
    response.destroy()
    return
  }
  const error =
    known ?? new MlflowError('INTERNAL_ERROR', 'Something unexpected happened. See the log of Glyphlab.')
  sendJson(response, error.status, JSON.stringify({ error_code: error.code, message: error.message }))
}
